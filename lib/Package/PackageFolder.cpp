// Replacing a package atomically, and cleaning up after failures and signals.
#include "PackageFolder.h"
#include "Errors.h"
#include "Manifest.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <random>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace buddy {

llvm::ArrayRef<const char *> packageFileNames() {
  static const char *const names[] = {"manifest.json", "libmodel.so", "params.bin", "model.h"};
  return names;
}

namespace {
struct OutputPath {
  std::string full, parent;
};
} // namespace

// Absolute and without symbolic links; the last part need not exist.
static llvm::Expected<OutputPath> resolve(llvm::StringRef output) {
  llvm::SmallString<256> given(output);
  while (given.size() > 1 && given.back() == '/')
    given.pop_back();
  if (given.empty())
    return packageError(PackageFailure::Usage, "the path of the package is empty");
  llvm::SmallString<256> real;
  if (fs::real_path(given, real)) {
    llvm::StringRef name = path::filename(given), folder = path::parent_path(given);
    if (folder.empty())
      folder = ".";
    if (std::error_code error = fs::real_path(folder, real))
      return packageError(PackageFailure::Usage, llvm::Twine(output) + ": the folder " + folder +
                                                     " cannot be used: " + error.message());
    if (fs::is_symlink_file(given))
      return packageError(PackageFailure::Usage,
                          llvm::Twine(output) + ": is a symbolic link to nothing");
    path::append(real, name);
  }
  OutputPath result{real.str().str(), path::parent_path(real).str()};
  if (result.parent.empty())
    return packageError(PackageFailure::Usage, llvm::Twine(output) + ": cannot be a package");
  return result;
}

// Whether the manifest, damaged or of whatever version, was written by us.
static bool isOurManifest(const std::string &file) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer = mapInputFile(file);
  if (!buffer) {
    llvm::consumeError(buffer.takeError());
    return false;
  }
  std::string magic = "\"" + std::string(runtime::manifestMagic) + "\"";
  return (*buffer)->getBuffer().take_front(256).contains(magic);
}

// Success if there is nothing at `folder`, which messages call `output`, an empty folder, or a
// package.
static llvm::Error checkReplaceable(const std::string &folder, const std::string &output) {
  fs::file_status status;
  if (fs::status(folder, status))
    return llvm::Error::success();
  if (!fs::is_directory(status))
    return packageError(PackageFailure::Usage,
                        output + ": is a file, and a package is a folder; it is left as it is");
  std::error_code error;
  std::string foreign;
  bool any = false;
  for (fs::directory_iterator entry(folder, error, /*follow_symlinks=*/false), end;
       entry != end && !error; entry.increment(error)) {
    any = true;
    llvm::StringRef name = path::filename(entry->path());
    // A folder called params.bin is somebody's too, with all that is in it.
    auto facts = entry->status();
    bool isFile = !facts || facts->type() != fs::file_type::directory_file;
    if (foreign.empty() && !(isFile && llvm::is_contained(packageFileNames(), name)))
      foreign = isFile ? name.str() : name.str() + "/";
  }
  if (error)
    return packageError(PackageFailure::Io, output + ": cannot read: " + error.message());
  if (any && !isOurManifest(folder + "/manifest.json"))
    return packageError(PackageFailure::Usage,
                        output + ": is a folder but not a package, and is left as it is; choose "
                                 "another path or remove it");
  if (!foreign.empty())
    return packageError(PackageFailure::Usage, output + ": is a package but also holds '" +
                                                   foreign +
                                                   "', and is left as it is; move that away");
  return llvm::Error::success();
}

llvm::Error checkPackageOutput(llvm::StringRef output) {
  auto resolved = resolve(output);
  if (!resolved)
    return resolved.takeError();
  if (!fs::is_directory(resolved->parent))
    return packageError(PackageFailure::Usage,
                        output + ": " + resolved->parent + " is not a folder");
  if (::access(resolved->parent.c_str(), W_OK | X_OK) != 0)
    return ioError(output, "cannot write into the folder " + resolved->parent, errno);
  return checkReplaceable(resolved->full, resolved->full);
}

// Removes the files of a package and the folder. What is already gone is no error.
static void removePackage(const std::string &folder) {
  for (const char *name : packageFileNames())
    ::unlink((folder + "/" + name).c_str());
  ::rmdir(folder.c_str());
}

static std::string temporaryPrefix(llvm::StringRef output) {
  return ("." + path::filename(output) + ".partial-").str();
}

// A name that nobody has: the random part is of 48 bits.
static std::string temporaryName(llvm::StringRef output) {
  std::random_device random;
  uint64_t bits = uint64_t{random()} << 16 ^ random();
  std::string part = llvm::utohexstr(bits & 0xffffffffffff, /*LowerCase=*/true, /*Width=*/12);
  return temporaryPrefix(output) + part;
}

llvm::Expected<std::unique_ptr<PackageFolder>> PackageFolder::create(llvm::StringRef output) {
  auto resolved = resolve(output);
  if (!resolved)
    return resolved.takeError();
  if (llvm::Error error = checkReplaceable(resolved->full, resolved->full))
    return std::move(error);
  llvm::SmallString<256> stale(resolved->parent);
  path::append(stale, temporaryPrefix(resolved->full));
  forEachStaleFolder(stale, removePackage);

  std::unique_ptr<PackageFolder> folder(new PackageFolder);
  folder->output = resolved->full;
  folder->parent = resolved->parent;
  // Another compiler may take a folder that is not locked yet for a stale one: then try again.
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = resolved->parent + "/" + temporaryName(resolved->full);
    // Registered before the folder is there: a signal at any moment finds it.
    CleanOnSignal cleaning(name);
    int error = ::mkdir(name.c_str(), 0777) == 0 ? 0 : errno;
    if (!error) {
      if (folder->lock.take(name)) {
        folder->temporary = name;
        folder->cleaning = std::move(cleaning);
        return folder;
      }
      ::rmdir(name.c_str());
    }
    if (error && error != EEXIST)
      return ioError(output, "cannot write into the folder " + resolved->parent, error);
  }
  return packageError(PackageFailure::Io,
                      llvm::Twine(output) + ": cannot make a temporary folder beside it");
}

PackageFolder::~PackageFolder() {
  if (!temporary.empty())
    removePackage(temporary);
}

std::string PackageFolder::file(llvm::StringRef name) const { return temporary + "/" + name.str(); }

std::string PackageFolder::shown(llvm::StringRef name) const { return output + "/" + name.str(); }

static int syncFolder(const std::string &folder) {
  int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0)
    return errno;
  int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  // Some network file systems cannot sync folders.
  return error == EINVAL || error == ENOTSUP ? 0 : error;
}

static bool unsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == ENOTSUP;
}

// Puts `from` to `to`; what was at `to`, if anything, is then at `from`. Returns an errno.
static int putInPlace(const std::string &from, const std::string &to) {
  auto renameWith = [&](unsigned flags) {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0 ? 0 : errno;
  };
  // Twice: another compiler may put its package there, or take it away, between the two calls.
  int error = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    error = renameWith(RENAME_EXCHANGE);
    if (error == ENOENT)
      error = renameWith(RENAME_NOREPLACE);
    if (error != EEXIST)
      break;
  }
  if (!unsupported(error))
    return error;
  // File systems without these flags (NFS, 9p): there is a moment without a package.
  std::string aside = from + ".old";
  bool replaces = ::rename(to.c_str(), aside.c_str()) == 0;
  if (!replaces && errno != ENOENT)
    return errno;
  if (::rename(from.c_str(), to.c_str()) != 0) {
    error = errno;
    if (replaces)
      ::rename(aside.c_str(), to.c_str());
    return error;
  }
  if (replaces)
    ::rename(aside.c_str(), from.c_str());
  return 0;
}

llvm::Error PackageFolder::commit() {
  if (int error = syncFolder(temporary))
    return ioError(output, "cannot write", error);
  if (llvm::Error error = checkReplaceable(output, output))
    return error;
  if (int error = putInPlace(temporary, output))
    return ioError(output, "cannot put the package in place", error);
  // What somebody put into the old package just now must not disappear with it.
  if (llvm::Error foreign = checkReplaceable(temporary, output)) {
    if (int error = putInPlace(temporary, output)) {
      llvm::consumeError(std::move(foreign));
      return ioError(output, "cannot put back what was there, it is at " + temporary, error);
    }
    return foreign;
  }
  int error = syncFolder(parent);
  removePackage(temporary);
  temporary.clear();
  if (error)
    return ioError(output, "cannot write", error);
  return llvm::Error::success();
}

} // namespace buddy
