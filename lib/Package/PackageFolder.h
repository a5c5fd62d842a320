// The folder of a package, made under a temporary name and put in place in one step.
#pragma once

#include "buddy/Package/CleanOnSignal.h"
#include "buddy/Package/FolderLock.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace buddy {

// The files of a package: what may be replaced and removed.
llvm::ArrayRef<const char *> packageFileNames();

class PackageFolder {
public:
  // Checks `output` and makes the temporary folder beside it. Removes temporaries that killed
  // compilers left there.
  static llvm::Expected<std::unique_ptr<PackageFolder>> create(llvm::StringRef output);
  // Removes the temporary folder if it is still there.
  ~PackageFolder();

  std::string file(llvm::StringRef name) const;  // where to write a file of the package
  std::string shown(llvm::StringRef name) const; // where it will be: for messages

  // Puts the folder in the place of `output` and removes what was there.
  llvm::Error commit();

private:
  PackageFolder() = default;

  std::string output;    // absolute, without symbolic links
  std::string parent;    // its folder
  std::string temporary; // empty when it is gone
  CleanOnSignal cleaning;
  FolderLock lock; // of the temporary folder
};

} // namespace buddy
