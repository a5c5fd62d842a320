// dlopen, with care for packages that are replaced while the process runs.
#include "Library.h"
#include "Failure.h"
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <sys/stat.h>
#include <utility>

namespace buddy::runtime {

// The dynamic linker takes a path that it has seen for the library it loaded then, even if the file
// was replaced since. A path that belongs to another file already is spelled differently:
// /a/./lib.so.
static std::string unseenPath(std::string path, dev_t device, ino_t inode) {
  static std::mutex mutex;
  static std::map<std::string, std::pair<dev_t, ino_t>> seen;
  std::lock_guard lock(mutex);
  size_t slash = path.rfind('/');
  while (true) {
    auto [at, isNew] = seen.try_emplace(path, device, inode);
    if (isNew || at->second == std::pair(device, inode))
      return path;
    path.insert(slash, "/.");
  }
}

Library::Library(const std::string &path, dev_t device, ino_t inode) {
  handle = ::dlopen(unseenPath(path, device, inode).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = ::dlerror();
    fail(BUDDY_DAMAGED, path,
         ": the library cannot be loaded: ", reason ? reason : "unknown reason");
  }
  struct stat facts;
  if (::stat(path.c_str(), &facts) != 0 || facts.st_dev != device || facts.st_ino != inode) {
    ::dlclose(handle);
    fail(BUDDY_DAMAGED, path, ": was replaced while it was loaded; load it again");
  }
}

Library::~Library() { ::dlclose(handle); }

void *Library::symbol(const std::string &name) const { return ::dlsym(handle, name.c_str()); }

void requireLibrary(const std::string &name, const std::string &package) {
  // Never closed: a thread pool like libomp's must not be unloaded under its threads.
  if (::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL))
    return;
  const char *reason = ::dlerror();
  std::string hint = name.starts_with("libomp")
                         ? "install it (Debian, LLVM's packages: apt-get install libomp5-22)"
                         : "install it";
  fail(BUDDY_MISSING_LIBRARY, package, ": needs the library ", name, ", which cannot be loaded (",
       reason ? reason : "unknown reason", "): ", hint, " or put its folder into LD_LIBRARY_PATH");
}

} // namespace buddy::runtime
