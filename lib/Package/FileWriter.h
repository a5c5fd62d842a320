// A file written from front to back, with its checksum.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace buddy {

// Errors of single writes are kept and returned by finish(), so that callers stay readable; after
// the first one nothing more is written.
class FileWriter {
public:
  // Creates the file, which must not be there, with the permissions `mode` less the umask. `shown`
  // is the file's name in messages: what the user asked for, not our temporary name.
  FileWriter(const std::string &path, std::string shown, unsigned mode = 0666);
  FileWriter(const FileWriter &) = delete;
  ~FileWriter();

  void write(llvm::StringRef bytes);
  void zeros(uint64_t count);
  uint64_t size() const { return written; }
  uint32_t crc32() const { return crc; } // of all that was written
  bool failed() const { return errorNumber != 0; }

  // Writes what is buffered, asks the disk to keep it, closes. What it wrote is then such that it
  // can be mapped in huge pages, if it is large and the file system has them.
  llvm::Error finish();

private:
  void flush();
  void put(llvm::StringRef bytes);

  std::string shown;
  int file = -1;
  int errorNumber = 0;
  uint64_t written = 0;
  uint32_t crc = 0;
  std::vector<char> buffer;
};

} // namespace buddy
