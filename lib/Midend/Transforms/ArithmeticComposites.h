// Composites of arithmetic (docs/contracts.md, section 3).
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy {

// Whether composites of this kind are quotients, products or square roots.
bool isArithmeticComposite(llvm::StringRef kind);

// The operation that the composite's plain meaning is near to takes the place of the call.
llvm::LogicalResult lowerArithmetic(mlir::func::CallOp call, mlir::func::FuncOp composite);

// buddy.composite = "cumsum": a loop over the elements.
llvm::LogicalResult lowerCumsum(mlir::func::CallOp call, mlir::func::FuncOp composite);

} // namespace buddy
