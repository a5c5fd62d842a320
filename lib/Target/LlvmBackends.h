// The LLVM code generators that the compiler uses.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Target;
} // namespace llvm

namespace buddy {

// LLVM's backend for `triple`; makes the x86 and AArch64 backends known first. An error if there is
// none.
llvm::Expected<const llvm::Target *> lookupLlvmTarget(llvm::StringRef triple);

// Whether `feature` is a CPU feature of the triple's architecture, spelled as LLVM does.
llvm::Expected<bool> isKnownFeature(llvm::StringRef triple, llvm::StringRef feature);

} // namespace buddy
