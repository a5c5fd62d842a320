// Faults on purpose, for the tests of what is said and left behind when the compiler itself is
// wrong.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace buddy {

// If the environment has BUDDY_TEST_FAULT=STAGE:KIND, stage STAGE ends in a fault when it first
// runs; with STAGE:KIND:N, when it runs for the Nth time, as for an archive's Nth program. KIND is
// "fail", a pass that fails; "segv", a pass that reads where nothing is, on the thread of a
// function; "abort", a pass that gives up; "stack", a pass that recurses without end. Without the
// variable, nothing.
void addTestFault(mlir::OpPassManager &pm, llvm::StringRef stage);

// For what is not made of passes: the fault itself, "segv" or "abort".
void runTestFault(llvm::StringRef stage);

} // namespace buddy
