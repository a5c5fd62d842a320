// The part of buddy-tosa-contract that knows the composites.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy::frontend {

inline constexpr llvm::StringLiteral fromLowering = "; buddy-graph-to-tosa is to blame";

// Whether `func`, on ranked tensors, is no composite, or one that is known and whose attributes and
// operand types fit each other.
llvm::LogicalResult verifyComposite(mlir::func::FuncOp func);

} // namespace buddy::frontend
