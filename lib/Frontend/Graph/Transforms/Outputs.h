// What passes add to the results of @forward.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy::graph {

// Returns the values as well, after the outputs and before the states' new values; `described` are
// their entries in the outputs of buddy.signature, if the module has one.
void addOutputs(mlir::func::FuncOp forward, mlir::ValueRange values,
                llvm::ArrayRef<mlir::Attribute> described);

} // namespace buddy::graph
