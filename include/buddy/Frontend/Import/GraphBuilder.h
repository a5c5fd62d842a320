// Makes graph ops with their result types worked out. Every function gives a null Value when its
// operands do not fit together or one of them is null, so that an importer checks only its last.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Import/TypePromotion.h"
#include "mlir/IR/Builders.h"

namespace buddy {

class GraphBuilder {
public:
  GraphBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::MLIRContext *getContext() const { return builder.getContext(); }
  mlir::Type f32() const { return builder.getF32Type(); }
  mlir::Type f64() const { return builder.getF64Type(); }
  mlir::Type i64() const { return builder.getI64Type(); }
  mlir::Type i1() const { return builder.getI1Type(); }

  // Leaves. A number becomes a tensor of rank 0; null if `element` cannot hold it.
  mlir::Value constant(const Scalar &value, mlir::Type element);
  mlir::Value full(llvm::ArrayRef<Size> sizes, const Scalar &value, mlir::Type element);
  mlir::Value arange(double start, double step, Size count, mlir::Type element);
  mlir::Value arangeInt(Size start, int64_t step, Size count, mlir::Type element);
  // A size that each run chooses, as a tensor of rank 0.
  mlir::Value sizeValue(Size size, mlir::Type element);

  // Views. Operations that change nothing give their operand back.
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<Size> sizes, llvm::StringRef aten);
  mlir::Value permute(mlir::Value input, llvm::ArrayRef<int64_t> permutation, llvm::StringRef aten);
  mlir::Value expand(mlir::Value input, llvm::ArrayRef<Size> sizes);
  mlir::Value slice(mlir::Value input, int64_t dim, Size start, Size end, int64_t step);
  mlir::Value cat(llvm::ArrayRef<mlir::Value> inputs, int64_t dim);

  // Elementwise.
  mlir::Value convert(mlir::Value input, mlir::Type element);
  // As a tensor of `element`: a tensor is converted, a number becomes a constant.
  mlir::Value operand(const Operand &operand, mlir::Type element);
  template <typename Op> mlir::Value unary(mlir::Value input) {
    return input ? Op::create(builder, loc, input.getType(), input).getResult() : mlir::Value();
  }
  template <typename Op> mlir::Value binary(mlir::Value lhs, mlir::Value rhs) {
    if (mlir::RankedTensorType type = broadcastType({lhs, rhs}))
      return Op::create(builder, loc, type, lhs, rhs).getResult();
    return {};
  }
  template <typename Op> mlir::Value compare(mlir::Value lhs, mlir::Value rhs) {
    if (mlir::RankedTensorType type = broadcastType({lhs, rhs}))
      return Op::create(builder, loc, type.clone(i1()), lhs, rhs).getResult();
    return {};
  }
  mlir::Value where(mlir::Value condition, mlir::Value onTrue, mlir::Value onFalse);

  // Reductions over `dims` (0 <= dim < rank, no dimension twice).
  template <typename Op>
  mlir::Value reduce(mlir::Value input, llvm::ArrayRef<int64_t> dims, bool keepDims) {
    return dropDims(
        input && !dims.empty()
            ? Op::create(builder, loc, reducedType(input, dims), input, dims).getResult()
            : input,
        keepDims ? llvm::ArrayRef<int64_t>() : dims);
  }
  mlir::Value softmax(mlir::Value input, int64_t dim);

  // Contractions.
  mlir::Value linear(mlir::Value input, mlir::Value weight, mlir::Value bias);
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);

  // Without the dimensions `dims`, which have size 1.
  mlir::Value dropDims(mlir::Value input, llvm::ArrayRef<int64_t> dims);

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  // The broadcast of the shapes with the last value's element type; null if there is none.
  mlir::RankedTensorType broadcastType(llvm::ArrayRef<mlir::Value> values);
  mlir::RankedTensorType reducedType(mlir::Value input, llvm::ArrayRef<int64_t> dims);
};

// A tensor's type; the importer makes no other values than ranked tensors.
mlir::RankedTensorType tensorType(mlir::Value value);
mlir::Type elementTypeOf(mlir::Value value);
// Whether no dimension has size 0.
bool hasElements(mlir::RankedTensorType type);
inline bool hasElements(mlir::Value value) { return hasElements(tensorType(value)); }

// The type, or null if a size is negative or there are more elements than can be addressed.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<Size> sizes, mlir::Type element);

} // namespace buddy
