// A shared library opened for one model.
#pragma once

#include <string>
#include <sys/types.h>

namespace buddy::runtime {

class Library {
public:
  // Opens the file `path` (absolute), which must be the one with this device and inode: the one
  // whose checksum was checked. Throws Failure.
  Library(const std::string &path, dev_t device, ino_t inode);
  Library(const Library &) = delete;
  ~Library();

  // Null if there is none.
  void *symbol(const std::string &name) const;

private:
  void *handle = nullptr;
};

// Checks that the dynamic linker finds the library `name` ("libomp.so.5"), which `package` needs.
void requireLibrary(const std::string &name, const std::string &package);

} // namespace buddy::runtime
