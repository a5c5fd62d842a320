// Short ways to make a PackageError.
#pragma once

#include "buddy/Package/Package.h"
#include "llvm/ADT/Twine.h"

namespace buddy {

inline llvm::Error packageError(PackageFailure kind, const llvm::Twine &text) {
  return llvm::make_error<PackageError>(kind, text.str());
}

// A failed system call: "path: cannot write: No space left on device".
llvm::Error ioError(llvm::StringRef path, llvm::StringRef what, int errorNumber);

} // namespace buddy
