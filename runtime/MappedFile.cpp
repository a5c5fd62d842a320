// Mapping of a file.
#include "MappedFile.h"
#include "Failure.h"
#include "HugePages.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace buddy::runtime {

MappedFile::MappedFile(int directory, const std::string &path, const std::string &shown,
                       Pages pages) {
  // O_NONBLOCK: a named pipe in place of the file must not make us wait.
  int file = ::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    fail(BUDDY_DAMAGED, shown, ": cannot open: ", errnoText());
  struct stat facts;
  if (::fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    ::close(file);
    fail(BUDDY_DAMAGED, shown, ": is not a regular file");
  }
  deviceId = facts.st_dev;
  inodeId = facts.st_ino;
  size = static_cast<size_t>(facts.st_size);
  if (size != 0) {
    void *address = pages == Pages::Huge ? mapAdvised(size, PROT_READ, MAP_SHARED, file)
                                         : ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (address == MAP_FAILED) {
      int error = errno;
      ::close(file);
      fail(BUDDY_DAMAGED, shown, ": cannot map ", size, " bytes: ", errnoText(error));
    }
    data = static_cast<const char *>(address);
  }
  ::close(file);
}

MappedFile::MappedFile(const std::string &path, Pages pages)
    : MappedFile(AT_FDCWD, path, path, pages) {}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : data(std::exchange(other.data, nullptr)), size(std::exchange(other.size, 0)),
      deviceId(other.deviceId), inodeId(other.inodeId) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data, other.data);
  std::swap(size, other.size);
  std::swap(deviceId, other.deviceId);
  std::swap(inodeId, other.inodeId);
  return *this;
}

MappedFile::~MappedFile() {
  if (data)
    ::munmap(const_cast<char *>(data), size);
}

} // namespace buddy::runtime
