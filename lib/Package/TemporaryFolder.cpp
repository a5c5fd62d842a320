// Makes and removes temporary folders.
#include "buddy/Package/TemporaryFolder.h"
#include "buddy/Package/FolderLock.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace buddy;

TemporaryFolder::TemporaryFolder() = default;

TemporaryFolder::~TemporaryFolder() {
  if (!path.empty())
    (void)llvm::sys::fs::remove_directories(path); // a leftover in there harms nobody
}

llvm::Error TemporaryFolder::make() {
  llvm::SmallString<128> prefix;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, prefix);
  llvm::sys::path::append(prefix, "buddy-work-");
  return make(prefix);
}

llvm::Error TemporaryFolder::make(llvm::StringRef prefix) {
  // What killed compilers left there.
  forEachStaleFolder(
      prefix, [](const std::string &folder) { (void)llvm::sys::fs::remove_directories(folder); });
  std::error_code code;
  for (int attempt = 0; attempt < 100; ++attempt) {
    // Apart: a % in the prefix is one.
    llvm::SmallString<16> digits;
    llvm::sys::fs::createUniquePath("%%%%%%%%", digits, /*MakeAbsolute=*/false);
    std::string name = (prefix + digits).str();
    CleanOnSignal registered(name);
    code =
        llvm::sys::fs::create_directory(name, /*IgnoreExisting=*/false, llvm::sys::fs::owner_all);
    if (code == std::errc::file_exists)
      continue;
    if (code)
      break;
    lock = std::make_unique<FolderLock>();
    if (!lock->take(name))
      continue;
    path = name;
    cleaning = std::move(registered);
    return llvm::Error::success();
  }
  return llvm::createStringError(code, "cannot make a temporary folder '" + prefix +
                                           "': " + code.message());
}

std::string TemporaryFolder::file(llvm::StringRef name) const {
  llvm::SmallString<128> result(path);
  llvm::sys::path::append(result, name);
  return result.str().str();
}
