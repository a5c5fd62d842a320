// Makes and removes temporary folders.
#include "buddy/Package/TemporaryFolder.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace buddy;

TemporaryFolder::~TemporaryFolder() {
  if (!path.empty())
    (void)llvm::sys::fs::remove_directories(path); // a leftover in there harms nobody
}

llvm::Error TemporaryFolder::make() {
  llvm::SmallString<128> model;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, model);
  llvm::sys::path::append(model, "buddy-%%%%%%%%");
  return make(model);
}

llvm::Error TemporaryFolder::make(llvm::StringRef model) {
  std::error_code code;
  for (int attempt = 0; attempt < 100; ++attempt) {
    llvm::SmallString<128> name;
    llvm::sys::fs::createUniquePath(model, name, /*MakeAbsolute=*/false);
    CleanOnSignal registered(name);
    code =
        llvm::sys::fs::create_directory(name, /*IgnoreExisting=*/false, llvm::sys::fs::owner_all);
    if (code == std::errc::file_exists)
      continue;
    if (code)
      break;
    path = name.str().str();
    cleaning = std::move(registered);
    return llvm::Error::success();
  }
  return llvm::createStringError(code, "cannot make a temporary folder '" + model +
                                           "': " + code.message());
}

std::string TemporaryFolder::file(llvm::StringRef name) const {
  llvm::SmallString<128> result(path);
  llvm::sys::path::append(result, name);
  return result.str().str();
}
