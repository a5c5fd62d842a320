// Gathers, index copies and running sums of host tensors.
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"

using namespace mlir;

#pragma STDC FP_CONTRACT OFF

namespace buddy::graph {

// All elements as int64, in row-major order of `shape`, to which the tensor broadcasts.
static SmallVector<int64_t> integersOf(const HostTensor &tensor, ArrayRef<int64_t> shape) {
  HostTensor full = broadcastHost(tensor, shape);
  SmallVector<int64_t> values;
  dispatchElement(full.element, [&](auto zero) {
    using T = decltype(zero);
    const T *from = full.data<T>();
    forEachRow<1>(shape, {ArrayRef<int64_t>(full.strides)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t i = 0; i < count; ++i)
                      values.push_back(int64_t(from[offsets[0] + i * inner[0]]));
                  });
  });
  return values;
}

static std::optional<HostTensor> evaluateGather(GatherOp op, ArrayRef<HostTensor> operands) {
  const HostTensor &in = operands[0];
  RankedTensorType type = op.getResult().getType();
  size_t dim = op.getDim(), count = op.getIndices().size(), last = dim + count;
  size_t trailing = in.shape.size() - last;
  ArrayRef<int64_t> indexed = type.getShape().drop_front(dim).drop_back(trailing);
  // Where in the input each position of the indexed dimensions begins.
  int64_t positions = 1;
  for (int64_t size : indexed)
    positions *= size;
  SmallVector<int64_t> starts(positions, 0);
  for (size_t i = 0; i < count; ++i) {
    int64_t size = in.shape[dim + i], stride = in.strides[dim + i];
    for (auto [start, index] : llvm::zip_equal(starts, integersOf(operands[1 + i], indexed))) {
      if (index < 0 && op.getWrap())
        index += size;
      if (index < 0 || index >= size)
        return std::nullopt;
      start += index * stride;
    }
  }
  char *bytes = nullptr;
  HostTensor out = allocateHost(type.getElementType(), type.getShape(), bytes);
  ArrayRef<int64_t> lead = ArrayRef<int64_t>(in.shape).take_front(dim),
                    leadStrides = ArrayRef<int64_t>(in.strides).take_front(dim),
                    rest = ArrayRef<int64_t>(in.shape).drop_front(last),
                    restStrides = ArrayRef<int64_t>(in.strides).drop_front(last);
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    const T *from = in.data<T>();
    forEachRow<1>(lead, {leadStrides}, [&](auto offsets, int64_t rows, auto inner) {
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t start : starts)
          forEachRow<1>(rest, {restStrides}, [&](auto at, int64_t columns, auto step) {
            const T *source = from + offsets[0] + row * inner[0] + start + at[0];
            for (int64_t i = 0; i < columns; ++i)
              *to++ = source[i * step[0]];
          });
    });
  });
  return out;
}

static std::optional<HostTensor> evaluateIndexCopy(IndexCopyOp op, ArrayRef<HostTensor> operands) {
  const HostTensor &in = operands[0], &source = operands[2];
  int64_t dim = op.getDim(), size = in.shape[dim];
  SmallVector<int64_t> places = integersOf(operands[1], operands[1].shape);
  for (int64_t &place : places) {
    place += place < 0 && op.getWrap() ? size : 0;
    if (place < 0 || place >= size)
      return std::nullopt;
  }
  char *bytes = nullptr;
  HostTensor out = allocateHost(in.element, in.shape, bytes);
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    // `shape` of `from`, which has these strides, to where `to` has its own.
    auto copy = [&](const T *from, ArrayRef<int64_t> strides, ArrayRef<int64_t> shape, T *to) {
      forEachRow<2>(shape, {ArrayRef<int64_t>(out.strides), strides},
                    [&](auto offsets, int64_t count, auto inner) {
                      for (int64_t i = 0; i < count; ++i)
                        to[offsets[0] + i * inner[0]] = from[offsets[1] + i * inner[1]];
                    });
    };
    copy(in.data<T>(), in.strides, in.shape, to);
    SmallVector<int64_t> one(in.shape);
    one[dim] = 1;
    for (auto [i, place] : llvm::enumerate(places))
      copy(source.data<T>() + i * source.strides[dim], source.strides, one,
           to + place * out.strides[dim]);
  });
  return out;
}

static HostTensor evaluateCumsum(CumsumOp op, const HostTensor &in) {
  char *bytes = nullptr;
  HostTensor out = allocateHost(in.element, in.shape, bytes);
  int64_t dim = op.getDim(), size = in.shape[dim];
  SmallVector<int64_t> outer(in.shape);
  outer[dim] = 1;
  dispatchElement(in.element, [&](auto zero) {
    using T = decltype(zero);
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
    T *to = reinterpret_cast<T *>(bytes);
    const T *from = in.data<T>();
    int64_t outStride = out.strides[dim], inStride = in.strides[dim];
    forEachRow<2>(outer, {ArrayRef<int64_t>(out.strides), ArrayRef<int64_t>(in.strides)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t i = 0; i < count; ++i) {
                      Sum sum = 0;
                      for (int64_t k = 0; k < size; ++k) {
                        sum += Sum(from[offsets[1] + i * inner[1] + k * inStride]);
                        to[offsets[0] + i * inner[0] + k * outStride] = T(sum);
                      }
                    }
                  });
  });
  return out;
}

std::optional<HostTensor> evaluateIndexing(Operation *op, ArrayRef<HostTensor> operands) {
  if (auto gather = dyn_cast<GatherOp>(op))
    return evaluateGather(gather, operands);
  if (auto copy = dyn_cast<IndexCopyOp>(op))
    return evaluateIndexCopy(copy, operands);
  if (auto cumsum = dyn_cast<CumsumOp>(op))
    return evaluateCumsum(cumsum, operands[0]);
  return std::nullopt;
}

} // namespace buddy::graph
