// How much of a thread's stack compiled code takes.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace buddy {

// The bytes that the allocas of a function and of all that it calls have at once in one thread, of
// the function that has most. Parallel regions run one after the other.
int64_t stackNeed(mlir::ModuleOp module);

} // namespace buddy
