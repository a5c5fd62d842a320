// Loops over strided host tensors, for the evaluator's families.
#pragma once

#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include <array>

namespace buddy::graph {

// Calls f with a value of the C++ type that holds the element type. False if there is none.
template <typename F> bool dispatchElement(mlir::Type element, F &&f) {
  if (element.isF32() || isHalf(element))
    f(float());
  else if (element.isF64())
    f(double());
  else if (element.isInteger(64))
    f(int64_t());
  else if (element.isInteger(32))
    f(int32_t());
  else if (element.isInteger(1))
    f(uint8_t());
  else
    return false;
  return true;
}

// Walks `shape` row by row: body(offsets, count, innerStrides), one offset and stride an operand.
template <size_t N, typename Body>
void forEachRow(llvm::ArrayRef<int64_t> shape,
                const std::array<llvm::ArrayRef<int64_t>, N> &strides, Body &&body) {
  for (int64_t size : shape)
    if (size == 0)
      return;
  std::array<int64_t, N> offsets{}, inner{};
  if (shape.empty())
    return body(offsets, int64_t(1), inner);
  size_t last = shape.size() - 1;
  for (size_t n = 0; n < N; ++n)
    inner[n] = strides[n][last];
  llvm::SmallVector<int64_t> index(last, 0);
  while (true) {
    body(offsets, shape[last], inner);
    size_t d = last;
    while (d > 0) {
      --d;
      for (size_t n = 0; n < N; ++n)
        offsets[n] += strides[n][d];
      if (++index[d] < shape[d])
        break;
      for (size_t n = 0; n < N; ++n)
        offsets[n] -= strides[n][d] * shape[d];
      index[d] = 0;
      if (d == 0)
        return;
    }
    if (last == 0)
      return;
  }
}

// Sets stride 0 where `shape` says 1: for an output that repeats there.
inline void repeatUnitDims(HostTensor &tensor) {
  for (size_t d = 0; d < tensor.shape.size(); ++d)
    if (tensor.shape[d] == 1)
      tensor.strides[d] = 0;
}

// out[i] = f(in[i]...) over the broadcast of the operands; computed once where all repeat.
template <typename Out, typename... In, typename F, typename... Tensors>
HostTensor mapHost(mlir::Type element, llvm::ArrayRef<int64_t> shape, F f,
                   const Tensors &...tensors) {
  constexpr size_t N = sizeof...(In);
  std::array<HostTensor, N> in{broadcastHost(tensors, shape)...};
  llvm::SmallVector<int64_t> stored(shape.size(), 1);
  for (size_t d = 0; d < shape.size(); ++d)
    for (const HostTensor &tensor : in)
      if (tensor.strides[d] != 0 || shape[d] == 0)
        stored[d] = shape[d];
  char *bytes = nullptr;
  HostTensor out = allocateHost(element, stored, bytes);
  Out *to = reinterpret_cast<Out *>(bytes);
  [&]<size_t... I>(std::index_sequence<I...>) {
    std::tuple<const In *...> from{in[I].template data<In>()...};
    forEachRow<N + 1>(stored, {llvm::ArrayRef<int64_t>(out.strides), in[I].strides...},
                      [&](auto offsets, int64_t count, auto inner) {
                        for (int64_t i = 0; i < count; ++i)
                          to[offsets[0] + i * inner[0]] =
                              f(std::get<I>(from)[offsets[I + 1] + i * inner[I + 1]]...);
                      });
  }(std::make_index_sequence<N>());
  return broadcastHost(out, shape);
}

} // namespace buddy::graph
