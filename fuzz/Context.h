// MLIR for fuzzers: a context of one thread, with our dialects.
#pragma once

#include "mlir/IR/MLIRContext.h"

namespace buddy::fuzz {

// The same for some hundred calls: it takes longer to make than most inputs, but types and
// attributes stay in it.
mlir::MLIRContext &freshContext();

} // namespace buddy::fuzz
