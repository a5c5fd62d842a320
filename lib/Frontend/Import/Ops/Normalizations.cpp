// Normalizations that are one operation in PyTorch.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// `dims` last dimensions of the input, with optional weight and bias of their shape.
static LogicalResult layerNorm(OpCall &c, ArrayRef<Size> normalized) {
  Value input = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  Type type = elementTypeOf(input);
  if (!isa<FloatType>(type))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  for (Value factor : {weight, bias}) {
    if (factor && elementTypeOf(factor) != type)
      return c.unsupported("weight or bias is not of the input's dtype",
                           "convert all to float32 first (`.float()`)");
    if (factor && sizesOf(factor) != normalized)
      return c.invalid("weight and bias must have the shape that is normalized");
  }
  if (normalized.empty() || normalized.size() > sizesOf(input).size() ||
      sizesOf(input).take_back(normalized.size()) != normalized)
    return c.invalid("the normalized shape is not that of the input's last dimensions");
  double epsilon = c.number("eps");
  if (!(epsilon >= 0))
    return c.unsupported("its eps is negative", "give a small positive eps");
  return c.done(graph::LayerNormOp::create(c.b.builder, c.b.loc, input.getType(), input, weight,
                                           bias, int64_t(normalized.size()), APFloat(epsilon))
                    .getResult());
}

static LogicalResult importLayerNorm(OpCall &c) {
  return layerNorm(c, c.sizes("normalized_shape"));
}

// A factor or summand [C] of each channel of `x` [N, C, ...], as a tensor that broadcasts to it.
static Value perChannel(OpCall &c, Value value, Value x) {
  if (!value)
    return {};
  SmallVector<Size> shape(sizesOf(x).size() - 1, 1);
  shape[0] = sizesOf(value)[0];
  return c.b.reshape(value, shape, "unsqueeze");
}

// Whether x is [N, C, ...], and the others [C] or none; all of one float type.
static bool areChannels(Value x, ArrayRef<Value> others) {
  if (sizesOf(x).size() < 2 || !isa<FloatType>(elementTypeOf(x)))
    return false;
  return llvm::all_of(others, [&](Value value) {
    return !value ||
           (sizesOf(value) == sizesOf(x).slice(1, 1) && elementTypeOf(value) == elementTypeOf(x));
  });
}

static Value scaledAndShifted(OpCall &c, Value x, Value factor, Value summand) {
  if (factor)
    x = c.b.binary<graph::MulOp>(x, perChannel(c, factor, x));
  return summand ? c.b.binary<graph::AddOp>(x, perChannel(c, summand, x)) : x;
}

// The channels of a group and all that follows are normalized together.
static LogicalResult importGroupNorm(OpCall &c) {
  Value x = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  int64_t groups = c.integer("num_groups");
  if (!areChannels(x, {weight, bias}) || groups < 1 || mod(sizesOf(x)[1], groups) != 0)
    return c.unsupported("its operands are not float32 of [N, C, ...] and [C], or C is no multiple "
                         "of the groups");
  if (!(c.number("eps") >= 0))
    return c.unsupported("its eps is negative", "give a small positive eps");
  SmallVector<Size> shape(sizesOf(x));
  // A channel's share first: the product of all need not be a size.
  SmallVector<Size> group(ArrayRef<Size>(shape).drop_front());
  group[0] = floorDiv(group[0], groups);
  std::optional<Size> size = c.joined(group);
  Value rows = size ? c.b.reshape(x, {shape[0], groups, *size}, "view") : Value();
  if (!rows)
    return c.done(rows);
  Value normed = graph::LayerNormOp::create(c.b.builder, c.b.loc, rows.getType(), rows, Value(),
                                            Value(), 1, APFloat(c.number("eps")));
  return c.done(scaledAndShifted(c, c.b.reshape(normed, shape, "view"), weight, bias));
}

// With the statistics of training: a factor and a summand for each channel.
static LogicalResult importBatchNorm(OpCall &c) {
  Value x = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  Value mean = c.tensor("running_mean"), variance = c.tensor("running_var");
  if (c.boolean("training") || !mean || !variance)
    return c.unsupported("it takes mean and variance of its own input",
                         "export the model for inference: `model.eval()`");
  if (!areChannels(x, {weight, bias, mean, variance}))
    return c.unsupported("its operands are not float32 of [N, C, ...] and [C]");
  Value shifted = c.b.binary<graph::AddOp>(
      variance, c.b.constant(Scalar::ofFloat(c.number("eps")), elementTypeOf(x)));
  Value factor = c.b.unary<graph::RsqrtOp>(shifted);
  if (weight)
    factor = c.b.binary<graph::MulOp>(factor, weight);
  Value offset = c.b.binary<graph::MulOp>(mean, factor);
  Value summand = bias ? c.b.binary<graph::SubOp>(bias, offset) : c.b.unary<graph::NegOp>(offset);
  return c.done(scaledAndShifted(c, x, factor, summand));
}

// v times g over the norm of v in all dimensions but `dim`; -1: in all of them.
static LogicalResult importWeightNorm(OpCall &c) {
  Value v = c.tensor("v"), g = c.tensor("g");
  if (!isa<FloatType>(elementTypeOf(v)) || elementTypeOf(g) != elementTypeOf(v))
    return c.unsupported("its operands are not of one float dtype",
                         "convert both to float32 first (`.float()`)");
  SmallVector<int64_t> others;
  for (int64_t i = 0; i < int64_t(sizesOf(v).size()); ++i)
    if (i != c.integer("dim"))
      others.push_back(i);
  Value squares = c.b.binary<graph::MulOp>(v, v);
  Value norm = c.b.unary<graph::SqrtOp>(c.b.reduce<graph::SumOp>(squares, others, true));
  return c.done(c.b.binary<graph::MulOp>(v, c.b.binary<graph::DivOp>(g, norm)));
}

static const OpEntry kOps[] = {
    {"_weight_norm.default", "Tensor v, Tensor g, int dim=0", importWeightNorm},
    {"group_norm.default",
     "Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=0.00001, "
     "ignored cudnn_enabled=True",
     importGroupNorm},
    {"batch_norm.default",
     "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
     "bool training, ignored momentum, float eps, ignored cudnn_enabled",
     importBatchNorm},
    {"layer_norm.default",
     "Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
     "float eps=0.00001, ignored cudnn_enable=True",
     importLayerNorm},
};

ArrayRef<OpEntry> buddy::normalizationOps() { return kOps; }
