// Opens a folder and remembers which one it was.
#include "OpenFolder.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace buddy::runtime {

OpenFolder::OpenFolder(const std::string &path) : name(path) {
  file = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (file < 0 && errno == ENOTDIR)
    fail(BUDDY_NOT_A_PACKAGE, path, ": is not a package: a package is a folder");
  if (file < 0)
    fail(BUDDY_NOT_A_PACKAGE, path, ": cannot open the package: ", errnoText());
  struct stat facts = {};
  ::fstat(file, &facts);
  device = facts.st_dev;
  inode = facts.st_ino;
}

OpenFolder::~OpenFolder() { ::close(file); }

bool OpenFolder::wasReplaced() const {
  struct stat facts;
  return ::stat(name.c_str(), &facts) != 0 || facts.st_dev != device || facts.st_ino != inode;
}

} // namespace buddy::runtime
