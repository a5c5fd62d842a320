// Builds TOSA ops from values and static shapes (symbolic sizes are numbers here, as everywhere in
// the frontend: Frontend/Graph/IR/Sizes.h), with the small print of TOSA taken care of: shapes as
// operands, equal ranks, mul's shift, zero points.
#pragma once

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace buddy::frontend {

class TosaBuilder {
public:
  TosaBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  // All operands and results are ranked tensors.
  static mlir::RankedTensorType typeOf(mlir::Value value);
  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);
  static mlir::Type elementOf(mlir::Value value);

  mlir::Value constant(mlir::ElementsAttr values);
  // One number as a tensor of `rank` dimensions of size 1; `element` is a float or an integer.
  mlir::Value scalar(mlir::Type element, double value, int64_t rank);
  // A size that a run may choose as a tensor of `rank` dimensions of size 1; a plain number is a
  // constant.
  mlir::Value size(int64_t size, mlir::Type element, int64_t rank);
  // start, start + step, ..., as many as the type, of rank 1, holds: each computed in a run.
  mlir::Value range(mlir::RankedTensorType type, mlir::Attribute start, mlir::Attribute step);
  // offset, offset + 1, ... as i32, `count` of them along `dim` of a tensor of `rank` dimensions.
  mlir::Value indices(int64_t count, int64_t offset, int64_t dim, int64_t rank);

  // The value itself where there is nothing to do.
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  mlir::Value slice(mlir::Value value, llvm::ArrayRef<int64_t> start, llvm::ArrayRef<int64_t> size);
  mlir::Value sliceDim(mlir::Value value, int64_t dim, int64_t start, int64_t size);
  // `count` zeros after the last element of dimension `dim`.
  mlir::Value padDim(mlir::Value value, int64_t dim, int64_t count);
  mlir::Value concat(mlir::ValueRange values, int64_t dim);
  // PyTorch's broadcast: sizes of 1 in front, then every size 1 repeated to the shape's.
  mlir::Value broadcastTo(mlir::Value value, llvm::ArrayRef<int64_t> shape);

  // Elementwise with PyTorch's broadcast: the lower rank gets sizes of 1 in front.
  template <typename Op> mlir::Value unary(mlir::Value value) {
    return Op::create(builder, loc, value.getType(), value);
  }
  template <typename Op> mlir::Value binary(mlir::Value lhs, mlir::Value rhs) {
    align({&lhs, &rhs});
    return Op::create(builder, loc, broadcastType({lhs, rhs}, elementOf(lhs)), lhs, rhs);
  }
  template <typename Op> mlir::Value compare(mlir::Value lhs, mlir::Value rhs) {
    align({&lhs, &rhs});
    return Op::create(builder, loc, broadcastType({lhs, rhs}, builder.getI1Type()), lhs, rhs);
  }
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  // graph.div, which becomes a composite or, by a power of two, a product.
  mlir::Value divide(mlir::Value lhs, mlir::Value rhs);
  mlir::Value negate(mlir::Value value);
  mlir::Value select(mlir::Value condition, mlir::Value onTrue, mlir::Value onFalse);
  mlir::Value cast(mlir::Value value, mlir::Type element);

  // What TOSA has no op for, on the elements of the operands' broadcast.
  using ElementBody =
      llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;
  mlir::Value elementwise(mlir::ValueRange operands, mlir::Type element, ElementBody body);

  // [B, M, K] x [B, K, N] -> [B, M, N].
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);

  // [N, K, C] at indices [N, W] -> [N, W, C].
  mlir::Value gather(mlir::Value values, mlir::Value indices);
  mlir::Value scatter(mlir::Value values, mlir::Value indices, mlir::Value input);
  // The same with one list of indices for all: [N, K, C] at indices [W]. One row after the other,
  // for any number: tosa.scatter wants to know that W <= K.
  mlir::Value scatterRows(mlir::Value values, mlir::Value indices, mlir::Value input);

  // Element i along `dim` is the sum of elements 0 to i: one after the other, for any size.
  mlir::Value runningSum(mlir::Value value, int64_t dim);

  // tosa.reduce_* along one dimension, which stays with size 1.
  template <typename Op> mlir::Value reduce(mlir::Value value, int64_t dim) {
    llvm::SmallVector<int64_t> shape(shapeOf(value));
    shape[dim] = 1;
    return Op::create(builder, loc, mlir::RankedTensorType::get(shape, elementOf(value)), value,
                      builder.getI32IntegerAttr(dim));
  }

private:
  void align(llvm::ArrayRef<mlir::Value *> values);
  static mlir::RankedTensorType broadcastType(llvm::ArrayRef<mlir::Value> values,
                                              mlir::Type element);
  mlir::Value constShape(llvm::ArrayRef<int64_t> shape);
  // A constant index: buddy-tosa-dynamic-sizes computes those that stand for expressions.
  mlir::Value sizeValue(int64_t size);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace buddy::frontend
