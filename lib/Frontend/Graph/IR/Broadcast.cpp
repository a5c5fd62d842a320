// PyTorch's broadcasting rule on shapes.
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy;

FailureOr<SmallVector<Size>> buddy::graph::broadcastShapes(ArrayRef<ArrayRef<Size>> shapes) {
  size_t rank = 0;
  for (ArrayRef<Size> shape : shapes)
    rank = std::max(rank, shape.size());
  SmallVector<Size> result(rank, 1);
  for (ArrayRef<Size> shape : shapes) {
    size_t offset = rank - shape.size();
    for (auto [i, size] : llvm::enumerate(shape)) {
      Size &out = result[offset + i];
      if (size != 1 && out != 1 && out != size)
        return failure();
      if (size != 1)
        out = size;
    }
  }
  return result;
}

bool buddy::graph::broadcastsTo(ArrayRef<Size> from, ArrayRef<Size> to) {
  FailureOr<SmallVector<Size>> shape = broadcastShapes({from, to});
  return succeeded(shape) && ArrayRef<Size>(*shape) == to;
}

bool buddy::graph::holdSameElements(ArrayRef<Size> a, ArrayRef<Size> b) {
  Size elements = productOf(a);
  return elements.isKnown() && elements == productOf(b);
}
