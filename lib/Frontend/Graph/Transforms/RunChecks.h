// Checks that a run makes of indices, where no proof says that they are inside.
#pragma once

#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace buddy::graph {

// Numbers as array<i64: ...>, or where symbols are in them as the map from those.
mlir::Attribute numbersAttr(mlir::MLIRContext *context, llvm::ArrayRef<Size> numbers,
                            llvm::ArrayRef<Symbol> symbols);

// The checks of a function, added in program order.
class RunChecks {
public:
  explicit RunChecks(mlir::func::FuncOp func);

  // A run sees whether the indices that the operand is lie from `lowest` to `highest`, and the
  // operation takes those outside as the nearest inside: it touches nothing else. Numbers may
  // depend on symbols.
  void add(mlir::OpOperand &indices, Size lowest, Size highest);

  // What they find becomes the function's last output, if there is any check.
  void finish();

private:
  // One value for all checks, so that layers which are equal stay so.
  mlir::Value number(mlir::Type element, Size value);
  mlir::Value nearestInside(mlir::OpBuilder &b, mlir::Location loc, mlir::Value indices,
                            Size lowest, Size highest);

  mlir::func::FuncOp func;
  llvm::SmallVector<Symbol> symbols;
  mlir::Value found; // by the last check; null: there is none
  llvm::SmallVector<mlir::Attribute> described;
  // What was checked before in the same way.
  llvm::DenseMap<std::tuple<mlir::Value, mlir::Attribute, mlir::Attribute>, mlir::Value> known;
  llvm::DenseMap<std::pair<mlir::Type, mlir::Attribute>, mlir::Value> numbers;
};

} // namespace buddy::graph
