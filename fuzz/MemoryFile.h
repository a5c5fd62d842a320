// Bytes as a file that has a path and lies nowhere.
#pragma once

#include <string>
#include <string_view>

namespace buddy::fuzz {

class MemoryFile {
public:
  explicit MemoryFile(std::string_view bytes);
  MemoryFile(const MemoryFile &) = delete;
  ~MemoryFile();

  const std::string &path() const { return name; }

private:
  int file;
  std::string name;
};

} // namespace buddy::fuzz
