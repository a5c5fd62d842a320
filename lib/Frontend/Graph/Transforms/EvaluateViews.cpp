// Leaves, views and rearrangements of host tensors.
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

#pragma STDC FP_CONTRACT OFF

namespace buddy::graph {

static std::optional<HostTensor> evaluateArange(ArangeOp op) {
  RankedTensorType type = op.getResult().getType();
  char *bytes = nullptr;
  HostTensor out = allocateHost(type.getElementType(), type.getShape(), bytes);
  auto startFloat = dyn_cast<FloatAttr>(op.getStart()),
       stepFloat = dyn_cast<FloatAttr>(op.getStep());
  auto startInt = dyn_cast<IntegerAttr>(op.getStart()),
       stepInt = dyn_cast<IntegerAttr>(op.getStep());
  bool known = false;
  dispatchElement(type.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    int64_t count = type.getNumElements();
    if constexpr (std::is_floating_point_v<T>) {
      if (!startFloat || !stepFloat)
        return;
      double start = startFloat.getValueAsDouble(), step = stepFloat.getValueAsDouble();
      for (int64_t i = 0; i < count; ++i) {
        double distance = step * double(i);
        to[i] = T(start + distance);
      }
    } else {
      if (!startInt || !stepInt || startInt.getValue().getBitWidth() > 64 ||
          stepInt.getValue().getBitWidth() > 64)
        return;
      uint64_t start = startInt.getValue().getSExtValue(), step = stepInt.getValue().getSExtValue();
      for (int64_t i = 0; i < count; ++i)
        to[i] = T(start + step * uint64_t(i));
    }
    known = true;
  });
  if (!known)
    return std::nullopt;
  return out;
}

static HostTensor evaluateReshape(const HostTensor &in, ArrayRef<int64_t> shape) {
  HostTensor out = in;
  out.shape.assign(shape.begin(), shape.end());
  out.strides.assign(shape.size(), 0);
  if (in.isSplat())
    return out;
  SmallVector<Size> from(in.shape.begin(), in.shape.end()), to(shape.begin(), shape.end());
  if (std::optional<SmallVector<int64_t>> match = matchUnitDims(from, to)) {
    for (auto [d, from] : llvm::enumerate(*match))
      if (from >= 0)
        out.strides[d] = in.strides[from];
    return out;
  }
  // All elements one after the other, then the new shape's strides.
  char *bytes = nullptr;
  HostTensor full = allocateHost(in.element, in.shape, bytes);
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    const T *from = in.data<T>();
    forEachRow<1>(in.shape, {ArrayRef<int64_t>(in.strides)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t i = 0; i < count; ++i)
                      *to++ = from[offsets[0] + i * inner[0]];
                  });
  });
  out.bytes = full.bytes;
  out.offset = 0;
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    out.strides[d] = shape[d] == 1 ? 0 : stride;
    stride *= shape[d];
  }
  return out;
}

static HostTensor evaluateSlice(SliceOp op, const HostTensor &in) {
  HostTensor out = in;
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  out.shape.assign(shape.begin(), shape.end());
  int64_t dim = op.getDim();
  out.offset += op.getStart().getNumber() * in.strides[dim];
  out.strides[dim] = shape[dim] == 1 ? 0 : in.strides[dim] * int64_t(op.getStep());
  return out;
}

static HostTensor evaluateCat(CatOp op, ArrayRef<HostTensor> inputs) {
  RankedTensorType type = op.getResult().getType();
  size_t dim = op.getDim();
  SmallVector<int64_t> stored(type.getShape());
  for (size_t d = 0; d < stored.size(); ++d)
    if (d != dim && stored[d] != 0 &&
        llvm::all_of(inputs, [&](const HostTensor &in) { return in.strides[d] == 0; }))
      stored[d] = 1;
  char *bytes = nullptr;
  HostTensor out = allocateHost(type.getElementType(), stored, bytes);
  dispatchElement(type.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    for (const HostTensor &in : inputs) {
      SmallVector<int64_t> part = stored;
      part[dim] = in.shape[dim];
      const T *from = in.data<T>();
      forEachRow<2>(part, {ArrayRef<int64_t>(out.strides), ArrayRef<int64_t>(in.strides)},
                    [&](auto offsets, int64_t count, auto inner) {
                      for (int64_t i = 0; i < count; ++i)
                        to[offsets[0] + i * inner[0]] = from[offsets[1] + i * inner[1]];
                    });
      to += in.shape[dim] * out.strides[dim];
    }
  });
  return broadcastHost(out, type.getShape());
}

static HostTensor evaluateTriangle(const HostTensor &in, int64_t diagonal, bool lower) {
  size_t rank = in.shape.size();
  SmallVector<int64_t> stored = in.storedShape();
  int64_t rows = in.shape[rank - 2], columns = in.shape[rank - 1];
  stored[rank - 2] = rows;
  stored[rank - 1] = columns;
  char *bytes = nullptr;
  HostTensor out = allocateHost(in.element, stored, bytes);
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    const T *from = in.data<T>();
    int64_t row = 0;
    // Rows come in row-major order: the row index is a counter.
    forEachRow<1>(stored, {ArrayRef<int64_t>(in.strides)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t j = 0; j < count; ++j) {
                      bool keep = lower ? j - row <= diagonal : j - row >= diagonal;
                      *to++ = keep ? from[offsets[0] + j * inner[0]] : T(0);
                    }
                    row = row + 1 == rows ? 0 : row + 1;
                  });
  });
  return broadcastHost(out, in.shape);
}

std::optional<HostTensor> evaluateView(Operation *op, ArrayRef<HostTensor> operands) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (auto arange = dyn_cast<ArangeOp>(op))
    return evaluateArange(arange);
  if (isa<ReshapeOp>(op))
    return evaluateReshape(operands[0], type.getShape());
  if (isa<ExpandOp>(op))
    return broadcastHost(operands[0], type.getShape());
  if (auto slice = dyn_cast<SliceOp>(op))
    return evaluateSlice(slice, operands[0]);
  if (auto cat = dyn_cast<CatOp>(op))
    return evaluateCat(cat, operands);
  if (auto tril = dyn_cast<TrilOp>(op))
    return evaluateTriangle(operands[0], tril.getDiagonal().getNumber(), /*lower=*/true);
  if (auto triu = dyn_cast<TriuOp>(op))
    return evaluateTriangle(operands[0], triu.getDiagonal().getNumber(), /*lower=*/false);
  if (auto permute = dyn_cast<PermuteOp>(op)) {
    HostTensor out = operands[0];
    for (auto [d, from] : llvm::enumerate(permute.getPermutation())) {
      out.shape[d] = operands[0].shape[from];
      out.strides[d] = operands[0].strides[from];
    }
    return out;
  }
  return std::nullopt;
}

} // namespace buddy::graph
