// Errors of writing a package.
#include "Errors.h"
#include <cstring>

namespace buddy {

char PackageError::ID;

int PackageError::exitStatus() const {
  switch (kind) {
  case PackageFailure::Input:
  case PackageFailure::Io:
    return 1;
  case PackageFailure::Usage:
    return 2;
  case PackageFailure::Internal:
    break;
  }
  return 70;
}

llvm::Error ioError(llvm::StringRef path, llvm::StringRef what, int errorNumber) {
  return packageError(PackageFailure::Io,
                      llvm::Twine(path) + ": " + what + ": " + std::strerror(errorNumber));
}

} // namespace buddy
