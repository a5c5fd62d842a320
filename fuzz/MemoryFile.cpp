// memfd_create and the path that the system has for it.
#include "MemoryFile.h"
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

namespace buddy::fuzz {

MemoryFile::MemoryFile(std::string_view bytes) : file(::memfd_create("fuzz", MFD_CLOEXEC)) {
  while (!bytes.empty()) {
    ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count <= 0)
      std::abort(); // no memory: not what is looked for
    bytes.remove_prefix(count);
  }
  name = "/proc/self/fd/" + std::to_string(file);
}

MemoryFile::~MemoryFile() { ::close(file); }

} // namespace buddy::fuzz
