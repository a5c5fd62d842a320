// A file mapped read-only, shared with every other process that maps it.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace buddy::runtime {

class MappedFile {
public:
  // Huge: at an address that huge pages can be mapped at, and with the advice to.
  enum class Pages { Small, Huge };

  MappedFile() = default;
  // `path` is relative to the folder `directory` (AT_FDCWD for the working one); `shown` is its
  // name in messages. Throws Failure with BUDDY_DAMAGED.
  MappedFile(int directory, const std::string &path, const std::string &shown,
             Pages pages = Pages::Small);
  explicit MappedFile(const std::string &path, Pages pages = Pages::Small);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  std::string_view bytes() const { return {data, size}; }
  dev_t device() const { return deviceId; }
  ino_t inode() const { return inodeId; }

private:
  const char *data = nullptr;
  size_t size = 0;
  dev_t deviceId = 0;
  ino_t inodeId = 0;
};

} // namespace buddy::runtime
