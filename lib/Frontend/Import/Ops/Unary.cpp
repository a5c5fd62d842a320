// Elementwise operations of one tensor.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// exp, cos, ...: integers and bools are computed as the default float type.
template <typename Op> static LogicalResult importFloatUnary(OpCall &c) {
  Value self = c.tensor("self");
  return c.done(c.b.unary<Op>(c.b.convert(self, floatElementType(elementTypeOf(self)))));
}

// neg, abs: in the operand's own type.
template <typename Op> static LogicalResult importSignUnary(OpCall &c) {
  Value self = c.tensor("self");
  if (elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.float()`)");
  return c.done(c.b.unary<Op>(self));
}

// floor, ceil, trunc: integers are what they give.
template <Value (*round)(GraphBuilder &, Value)> static LogicalResult importRounding(OpCall &c) {
  Value self = c.tensor("self");
  if (elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.float()`)");
  return c.done(isa<FloatType>(elementTypeOf(self)) ? round(c.b, self) : self);
}
static Value floorOf(GraphBuilder &b, Value x) { return b.unary<graph::FloorOp>(x); }
// -floor(-x), which keeps the sign of a zero.
static Value ceilOf(GraphBuilder &b, Value x) {
  return b.unary<graph::NegOp>(floorOf(b, b.unary<graph::NegOp>(x)));
}
static Value truncOf(GraphBuilder &b, Value x) {
  Value zero = b.constant(Scalar::ofInt(0), elementTypeOf(x));
  return b.where(b.compare<graph::LtOp>(x, zero), ceilOf(b, x), floorOf(b, x));
}

static LogicalResult importSign(OpCall &c) {
  Value self = c.tensor("self");
  Type type = elementTypeOf(self);
  if (type.isInteger(1))
    return c.done(self);
  Value zero = c.b.constant(Scalar::ofInt(0), type);
  Value above = c.b.convert(c.b.compare<graph::GtOp>(self, zero), type);
  Value below = c.b.convert(c.b.compare<graph::LtOp>(self, zero), type);
  return c.done(c.b.binary<graph::SubOp>(above, below));
}

static LogicalResult importSilu(OpCall &c) {
  Value self = c.tensor("self");
  if (!isa<FloatType>(elementTypeOf(self)))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  return c.done(c.b.binary<graph::MulOp>(self, c.b.unary<graph::SigmoidOp>(self)));
}

static LogicalResult importGelu(OpCall &c) {
  Value self = c.tensor("self");
  if (!isa<FloatType>(elementTypeOf(self)))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  StringRef approximate = c.isNone("approximate") ? StringRef("none") : c.string("approximate");
  if (approximate != "none" && approximate != "tanh")
    return c.invalid("approximate must be 'none' or 'tanh'");
  return c.done(
      graph::GeluOp::create(c.b.builder, c.b.loc, self.getType(), self, approximate).getResult());
}

static LogicalResult importRelu(OpCall &c) {
  Value self = c.tensor("self");
  if (elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.float()`)");
  Value zero = c.b.constant(Scalar::ofInt(0), elementTypeOf(self));
  return c.done(c.b.binary<graph::MaximumOp>(self, zero));
}

static LogicalResult importSquare(OpCall &c) {
  Value self = c.tensor("self");
  // bool squared is int64 in PyTorch.
  Type type = resultElementType(c.b.getContext(), {{self, {}}, {{}, Scalar::ofInt(2)}});
  Value value = c.b.convert(self, type);
  return c.done(c.b.binary<graph::MulOp>(value, value));
}

static LogicalResult importLogicalNot(OpCall &c) {
  return c.done(c.b.unary<graph::LogicalNotOp>(c.b.convert(c.tensor("self"), c.b.i1())));
}

static LogicalResult importBitwiseNot(OpCall &c) {
  Value self = c.tensor("self");
  if (!elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to integers; only bool is supported");
  return c.done(c.b.unary<graph::LogicalNotOp>(self));
}

static const OpEntry kOps[] = {
    {"neg.default", "Tensor self", importSignUnary<graph::NegOp>},
    {"abs.default", "Tensor self", importSignUnary<graph::AbsOp>},
    {"floor.default", "Tensor self", importRounding<floorOf>},
    {"ceil.default", "Tensor self", importRounding<ceilOf>},
    {"trunc.default", "Tensor self", importRounding<truncOf>},
    {"fix.default", "Tensor self", importRounding<truncOf>},
    {"sign.default", "Tensor self", importSign},
    {"exp.default", "Tensor self", importFloatUnary<graph::ExpOp>},
    {"log.default", "Tensor self", importFloatUnary<graph::LogOp>},
    {"sqrt.default", "Tensor self", importFloatUnary<graph::SqrtOp>},
    {"rsqrt.default", "Tensor self", importFloatUnary<graph::RsqrtOp>},
    {"reciprocal.default", "Tensor self", importFloatUnary<graph::ReciprocalOp>},
    {"cos.default", "Tensor self", importFloatUnary<graph::CosOp>},
    {"sin.default", "Tensor self", importFloatUnary<graph::SinOp>},
    {"tanh.default", "Tensor self", importFloatUnary<graph::TanhOp>},
    {"sigmoid.default", "Tensor self", importFloatUnary<graph::SigmoidOp>},
    {"silu.default", "Tensor self", importSilu},
    {"gelu.default", "Tensor self, str? approximate=None", importGelu},
    {"erf.default", "Tensor self", importFloatUnary<graph::ErfOp>},
    {"special_erf.default", "Tensor self", importFloatUnary<graph::ErfOp>},
    {"relu.default", "Tensor self", importRelu},
    {"square.default", "Tensor self", importSquare},
    {"logical_not.default", "Tensor self", importLogicalNot},
    {"bitwise_not.default", "Tensor self", importBitwiseNot},
};

ArrayRef<OpEntry> buddy::unaryOps() { return kOps; }
