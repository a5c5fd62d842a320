// Questions about shapes and constants that several passes ask.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/IR/Builders.h"
#include <optional>

namespace buddy::graph {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::dyn_cast<mlir::RankedTensorType>(value.getType());
}

// If a reshape from `from` to `to` only inserts and removes dimensions of size 1: for each
// dimension of `to` the dimension of `from` it is, or -1 for an inserted one.
std::optional<llvm::SmallVector<int64_t>> matchUnitDims(llvm::ArrayRef<Size> from,
                                                        llvm::ArrayRef<Size> to);

// Whether both have at least `n` dimensions and the last `n` have the same sizes.
bool sameTrailing(llvm::ArrayRef<Size> a, llvm::ArrayRef<Size> b, size_t n);

// The one value of all elements of a tensor, if a constant, views of it and arithmetic on such
// constants say so. Integers come as doubles and must be exact (at most 2^53).
std::optional<double> splatValue(mlir::Value value);

// `value` under another shape; itself if it has that shape.
mlir::Value reshapeTo(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                      llvm::ArrayRef<Size> sizes);
// `value` broadcast to `sizes`; itself if it has that shape.
mlir::Value expandTo(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                     llvm::ArrayRef<Size> sizes);
// The last two dimensions exchanged; a permute before it is composed, or undone.
mlir::Value swapLastTwo(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value);
// A binary op whose result shape is the operands' broadcast, which must exist.
template <typename Op>
mlir::Value createBinary(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value lhs,
                         mlir::Value rhs) {
  auto sizes = broadcastShapes({sizesOf(lhs), sizesOf(rhs)});
  mlir::RankedTensorType type = tensorOf(*sizes, tensorType(lhs).getElementType());
  return Op::create(builder, loc, type, lhs, rhs);
}

} // namespace buddy::graph
