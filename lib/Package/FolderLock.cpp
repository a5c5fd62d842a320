// flock on the folder itself: there is no file for it to forget.
#include "buddy/Package/FolderLock.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace buddy {

static constexpr int folderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

bool FolderLock::take(const std::string &path) {
  release();
  file = ::open(path.c_str(), folderFlags);
  if (file < 0)
    return false;
  struct stat facts;
  // Where folders cannot be locked nobody takes them for stale either.
  if ((::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
      ::stat(path.c_str(), &facts) == 0)
    return true;
  release();
  return false;
}

void FolderLock::release() {
  if (file >= 0)
    ::close(file);
  file = -1;
}

void forEachStaleFolder(llvm::StringRef prefix,
                        llvm::function_ref<void(const std::string &)> remove) {
  namespace path = llvm::sys::path;
  llvm::StringRef parent = path::parent_path(prefix), name = path::filename(prefix);
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(parent.empty() ? "." : parent, error,
                                               /*follow_symlinks=*/false),
       end;
       entry != end && !error; entry.increment(error)) {
    if (!path::filename(entry->path()).starts_with(name))
      continue;
    int folder = ::open(entry->path().c_str(), folderFlags);
    if (folder < 0)
      continue;
    struct stat facts;
    if (::fstat(folder, &facts) == 0 && facts.st_uid == ::geteuid() &&
        ::flock(folder, LOCK_EX | LOCK_NB) == 0)
      remove(entry->path());
    ::close(folder);
  }
}

} // namespace buddy
