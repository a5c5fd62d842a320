// Finds and reads manifest.json of a package.
#include "Failure.h"
#include "Manifest.h"
#include "MappedFile.h"
#include "OpenFolder.h"
#include <fcntl.h>
#include <sys/stat.h>

namespace buddy::runtime {

Manifest readManifest(const OpenFolder &folder) {
  struct stat facts;
  if (::fstatat(folder.descriptor(), "manifest.json", &facts, 0) != 0 && errno == ENOENT)
    fail(BUDDY_NOT_A_PACKAGE, folder.path(), ": is not a package: it has no manifest.json");
  std::string path = folder.path() + "/manifest.json";
  MappedFile file(folder.descriptor(), "manifest.json", path);
  return parseManifest(file.bytes(), path);
}

Manifest readManifest(const std::string &path) {
  return whileItStays(path, [](const OpenFolder &folder) { return readManifest(folder); });
}

} // namespace buddy::runtime
