// PyTorch's broadcasting rule on shapes.
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;

FailureOr<SmallVector<int64_t>> buddy::graph::broadcastShapes(ArrayRef<ArrayRef<int64_t>> shapes) {
  size_t rank = 0;
  for (ArrayRef<int64_t> shape : shapes)
    rank = std::max(rank, shape.size());
  SmallVector<int64_t> result(rank, 1);
  for (ArrayRef<int64_t> shape : shapes) {
    size_t offset = rank - shape.size();
    for (auto [i, size] : llvm::enumerate(shape)) {
      int64_t &out = result[offset + i];
      if (size != 1 && out != 1 && out != size)
        return failure();
      if (size != 1)
        out = size;
    }
  }
  return result;
}

bool buddy::graph::broadcastsTo(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  FailureOr<SmallVector<int64_t>> shape = broadcastShapes({from, to});
  return succeeded(shape) && ArrayRef<int64_t>(*shape) == to;
}

// Unsigned: what does not fit wraps around.
static uint64_t elementsOf(ArrayRef<int64_t> shape) {
  uint64_t elements = 1;
  for (int64_t size : shape)
    elements *= uint64_t(size);
  return elements;
}

bool buddy::graph::holdSameElements(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  return elementsOf(a) == elementsOf(b);
}
