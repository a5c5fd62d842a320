// Reductions and softmax of host tensors: floats are summed in double and rounded once.
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {

// Walks the positions that stay; body(offset in `out`, offset in `in`, the reduced dimensions'
// shape and strides in `in`).
template <typename Body>
static void forEachGroup(const HostTensor &in, const HostTensor &out, ArrayRef<int64_t> dims,
                         Body body) {
  SmallVector<int64_t> outer(in.shape), shape, strides;
  for (int64_t dim : dims) {
    outer[dim] = 1;
    shape.push_back(in.shape[dim]);
    strides.push_back(in.strides[dim]);
  }
  forEachRow<2>(outer, {ArrayRef<int64_t>(out.strides), ArrayRef<int64_t>(in.strides)},
                [&](auto offsets, int64_t count, auto inner) {
                  for (int64_t i = 0; i < count; ++i)
                    body(offsets[0] + i * inner[0], offsets[1] + i * inner[1], shape, strides);
                });
}

template <typename T, typename F>
static void forEachOf(const T *from, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides, F f) {
  forEachRow<1>(shape, {strides}, [&](auto offsets, int64_t count, auto inner) {
    for (int64_t i = 0; i < count; ++i)
      f(from[offsets[0] + i * inner[0]]);
  });
}

template <typename T>
static bool reduce(Operation *op, const HostTensor &in, ArrayRef<int64_t> dims,
                   const HostTensor &out, T *to) {
  constexpr bool isFloat = std::is_floating_point_v<T>;
  using Sum = std::conditional_t<isFloat, double, uint64_t>;
  double count = 1;
  for (int64_t dim : dims)
    count *= in.shape[dim];
  if (isa<AmaxOp>(op) && count == 0)
    return false; // the importer's program would have failed in PyTorch
  const T *from = in.data<T>();
  forEachGroup(in, out, dims, [&](int64_t o, int64_t i, auto &shape, auto &strides) {
    if (isa<AmaxOp>(op)) {
      T best = from[i];
      forEachOf(from + i, shape, strides, [&](T x) {
        if (!(best != best) && (x > best || x != x))
          best = x;
      });
      to[o] = best;
      return;
    }
    Sum sum = 0;
    forEachOf(from + i, shape, strides, [&](T x) { sum += Sum(x); });
    if constexpr (isFloat)
      to[o] = T(isa<MeanOp>(op) ? sum / count : sum);
    else
      to[o] = T(sum);
  });
  return true;
}

static HostTensor evaluateSoftmax(SoftmaxOp op, const HostTensor &in) {
  char *bytes = nullptr;
  HostTensor out = allocateHost(in.element, in.shape, bytes);
  int64_t dim = op.getDim(), size = in.shape[dim];
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      T *to = reinterpret_cast<T *>(bytes);
      const T *from = in.data<T>();
      int64_t outStride = out.strides[dim], inStride = in.strides[dim];
      forEachGroup(in, out, {dim}, [&](int64_t o, int64_t i, auto &, auto &) {
        double largest = -INFINITY, sum = 0;
        for (int64_t k = 0; k < size; ++k)
          largest = std::fmax(largest, double(from[i + k * inStride]));
        for (int64_t k = 0; k < size; ++k)
          sum += std::exp(double(from[i + k * inStride]) - largest);
        for (int64_t k = 0; k < size; ++k)
          to[o + k * outStride] = T(std::exp(double(from[i + k * inStride]) - largest) / sum);
      });
    }
  });
  return out;
}

std::optional<HostTensor> evaluateReduction(Operation *op, ArrayRef<HostTensor> operands) {
  if (auto softmax = dyn_cast<SoftmaxOp>(op))
    return evaluateSoftmax(softmax, operands[0]);
  ArrayRef<int64_t> dims;
  if (auto sum = dyn_cast<SumOp>(op))
    dims = sum.getDims();
  else if (auto mean = dyn_cast<MeanOp>(op))
    dims = mean.getDims();
  else if (auto amax = dyn_cast<AmaxOp>(op))
    dims = amax.getDims();
  else
    return std::nullopt;
  const HostTensor &in = operands[0];
  SmallVector<int64_t> unique; // the same dimension twice is one reduction
  for (int64_t dim : dims)
    if (!llvm::is_contained(unique, dim))
      unique.push_back(dim);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  char *bytes = nullptr;
  HostTensor out = allocateHost(type.getElementType(), type.getShape(), bytes);
  bool done = false;
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    done = reduce<T>(op, in, unique, out, reinterpret_cast<T *>(bytes));
  });
  if (!done)
    return std::nullopt;
  return out;
}

} // namespace buddy::graph
