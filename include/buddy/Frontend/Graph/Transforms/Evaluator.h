// Evaluates graph ops on constants as ATen would: each op in its own dtype, rounded after each op,
// transcendental functions computed in double and rounded once.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include <memory>
#include <optional>

namespace buddy::graph {

// A tensor of known values: a strided view of shared bytes, so that expand, permute and slice cost
// nothing and what repeats along a dimension (stride 0) is computed and kept once.
// Elements are float, also for f16 and bf16, double, int64_t, int32_t or, for i1, uint8_t of 0
// and 1.
struct HostTensor {
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<int64_t> strides; // in elements; 0 where the size is 1 or values repeat
  int64_t offset = 0;                 // in elements
  std::shared_ptr<const char> bytes;

  template <typename T> const T *data() const {
    return reinterpret_cast<const T *>(bytes.get()) + offset;
  }
  mlir::RankedTensorType type() const { return mlir::RankedTensorType::get(shape, element); }
  bool isSplat() const;
  // The shape with 1 where values repeat: what has to be stored.
  llvm::SmallVector<int64_t> storedShape() const;
};

// Bytes an element takes in a HostTensor, 0 for element types that are not evaluated.
int64_t hostBytes(mlir::Type element);
// The f16 or bf16 nearest to `value`, of two the even one.
float roundedTo(mlir::Type element, float value);

// Uninitialized, contiguous; `data` is where to write. `element` must have hostBytes.
HostTensor allocateHost(mlir::Type element, llvm::ArrayRef<int64_t> shape, char *&data);
// A constant's values; nothing for element types that are not evaluated.
std::optional<HostTensor> hostTensor(mlir::ElementsAttr value);
HostTensor broadcastHost(const HostTensor &tensor, llvm::ArrayRef<int64_t> shape);
// The elements of storedShape() in row-major order.
HostTensor compactHost(const HostTensor &tensor);
// With stride 0 everywhere if all elements are the same; else the tensor as it is.
HostTensor collapseSplat(const HostTensor &tensor);
// An attribute of the tensor's stored elements, of type storedShape(). More than 64 non-boolean
// elements become a resource called like `name`.
mlir::ElementsAttr hostAttribute(const HostTensor &tensor, llvm::StringRef name);

// Whether evaluate knows the op, on these element types.
bool canEvaluate(mlir::Operation *op);
// The op's only result; nothing if it is one that canEvaluate refuses.
std::optional<HostTensor> evaluate(mlir::Operation *op, llvm::ArrayRef<HostTensor> operands);

// By family, for evaluate().
std::optional<HostTensor> evaluateElementwise(mlir::Operation *op,
                                              llvm::ArrayRef<HostTensor> operands);
std::optional<HostTensor> evaluateView(mlir::Operation *op, llvm::ArrayRef<HostTensor> operands);
std::optional<HostTensor> evaluateReduction(mlir::Operation *op,
                                            llvm::ArrayRef<HostTensor> operands);
// gather and cumsum. Nothing for an index out of range.
std::optional<HostTensor> evaluateIndexing(mlir::Operation *op,
                                           llvm::ArrayRef<HostTensor> operands);

} // namespace buddy::graph
