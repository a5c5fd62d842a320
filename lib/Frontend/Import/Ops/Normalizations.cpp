// Normalizations that are one operation in PyTorch.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// `dims` last dimensions of the input, with optional weight and bias of their shape.
static LogicalResult layerNorm(OpCall &c, ArrayRef<int64_t> normalized) {
  Value input = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  Type type = elementTypeOf(input);
  if (!isa<FloatType>(type))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  for (Value factor : {weight, bias}) {
    if (factor && elementTypeOf(factor) != type)
      return c.unsupported("weight or bias is not of the input's dtype",
                           "convert all to float32 first (`.float()`)");
    if (factor && shapeOf(factor) != normalized)
      return c.invalid("weight and bias must have the shape that is normalized");
  }
  if (normalized.empty() || normalized.size() > shapeOf(input).size() ||
      shapeOf(input).take_back(normalized.size()) != normalized)
    return c.invalid("the normalized shape is not that of the input's last dimensions");
  double epsilon = c.number("eps");
  if (!(epsilon >= 0))
    return c.unsupported("its eps is negative", "give a small positive eps");
  return c.done(graph::LayerNormOp::create(c.b.builder, c.b.loc, input.getType(), input, weight,
                                           bias, int64_t(normalized.size()), APFloat(epsilon))
                    .getResult());
}

static LogicalResult importLayerNorm(OpCall &c) {
  return layerNorm(c, c.integers("normalized_shape"));
}

static const OpEntry kOps[] = {
    {"layer_norm.default",
     "Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
     "float eps=0.00001, ignored cudnn_enable=True",
     importLayerNorm},
};

ArrayRef<OpEntry> buddy::normalizationOps() { return kOps; }
