// Finds and reads manifest.json of a package.
#include "Failure.h"
#include "Manifest.h"
#include "MappedFile.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace buddy::runtime {

Manifest readManifest(const std::string &folder) {
  struct stat facts;
  if (::stat(folder.c_str(), &facts) != 0)
    fail(BUDDY_NOT_A_PACKAGE, folder, ": cannot open the package: ", errnoText());
  if (!S_ISDIR(facts.st_mode))
    fail(BUDDY_NOT_A_PACKAGE, folder, ": is not a package: a package is a folder");
  std::string path = folder + "/manifest.json";
  if (::stat(path.c_str(), &facts) != 0 && errno == ENOENT)
    fail(BUDDY_NOT_A_PACKAGE, folder, ": is not a package: it has no manifest.json");
  MappedFile file(path);
  return parseManifest(file.bytes(), path);
}

} // namespace buddy::runtime
