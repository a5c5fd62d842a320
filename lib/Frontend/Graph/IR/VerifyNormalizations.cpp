// Verifiers of layer_norm and gelu.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::graph;

LogicalResult GeluOp::verify() {
  if (getApproximate() != "none" && getApproximate() != "tanh")
    return emitOpError("approximate must be \"none\" or \"tanh\", is ") << getApproximateAttr();
  return success();
}

LogicalResult LayerNormOp::verify() {
  auto type = cast<RankedTensorType>(getInput().getType());
  int64_t dims = getDims();
  if (dims < 1 || dims > type.getRank())
    return emitOpError("dims must be from 1 to the input's rank");
  for (Value value : {getWeight(), getBias()}) {
    auto factor = value ? cast<RankedTensorType>(value.getType()) : RankedTensorType();
    if (factor && (factor.getElementType() != type.getElementType() ||
                   sizesOf(factor) != sizesOf(type).take_back(dims)))
      return emitOpError("weight and bias must have the shape of the input's last ")
             << dims << " dimensions and its element type";
  }
  // Not less than: NaN is refused as well.
  if (!(getEpsilon().convertToDouble() >= 0))
    return emitOpError("epsilon must not be negative");
  return success();
}
