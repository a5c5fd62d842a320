// The floating-point environment in which the code of a package runs.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace llvm {
class Module;
} // namespace llvm

namespace buddy::backend {

// Every entry, and every share of a thread, rounds to nearest and keeps subnormal numbers, whatever
// the caller has set, and gives back what was set. Of x86-64 and AArch64; others are left alone.
void controlFloats(llvm::Module &module, llvm::StringRef entry);

} // namespace buddy::backend
