// The sizes that each run chooses, as values of one function.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace buddy::frontend {

// Its symbols are arguments; expressions of them are computed once, at its start.
class SizeValues {
public:
  SizeValues(mlir::func::FuncOp func, mlir::ValueRange symbols);

  // Null if the size is no expression of the function's symbols.
  mlir::Value value(int64_t size, mlir::Location loc);

  // A number where the size is one.
  mlir::OpFoldResult operand(mlir::OpBuilder &b, int64_t size, mlir::Location loc);
  llvm::SmallVector<mlir::OpFoldResult> operands(mlir::OpBuilder &b, llvm::ArrayRef<int64_t> sizes,
                                                 mlir::Location loc);

private:
  llvm::SmallVector<mlir::Value> symbols;
  mlir::Block *start;
  mlir::Operation *last = nullptr;
  llvm::DenseMap<int64_t, mlir::Value> made;
};

} // namespace buddy::frontend
