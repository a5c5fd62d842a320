// Arithmetic of two operands, with PyTorch's type promotion.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// On bool + is `or`, * is `and`; the graph dialect has them as logical ops.
static Value add(GraphBuilder &b, Value lhs, Value rhs) {
  if (lhs && elementTypeOf(lhs).isInteger(1))
    return b.binary<graph::LogicalOrOp>(lhs, rhs);
  return b.binary<graph::AddOp>(lhs, rhs);
}
static Value multiply(GraphBuilder &b, Value lhs, Value rhs) {
  if (lhs && elementTypeOf(lhs).isInteger(1))
    return b.binary<graph::LogicalAndOp>(lhs, rhs);
  return b.binary<graph::MulOp>(lhs, rhs);
}

static Type promoted(OpCall &c, ArrayRef<Operand> operands) {
  return resultElementType(c.b.getContext(), operands);
}

// combine(left, alpha right), in `type`. ATen does not round the product of floats: f64 holds it.
static Value withAlpha(OpCall &c, const Operand &left, const Operand &right, Type type,
                       function_ref<Value(Value, Value)> combine) {
  GraphBuilder &b = c.b;
  Value x = b.operand(left, type), y = b.operand(right, type);
  Scalar alpha = c.scalar("alpha");
  if (alpha.asDouble() == 1)
    return combine(x, y);
  if (!type.isF32() || alpha.asDouble() == -1 || alpha.asDouble() == 2)
    return combine(x, multiply(b, y, b.constant(alpha, type)));
  auto wide = [&](Value value) { return b.convert(value, b.f64()); };
  return b.convert(combine(wide(x), b.binary<graph::MulOp>(wide(y), wide(b.constant(alpha, type)))),
                   type);
}

static LogicalResult importAdd(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  return c.done(withAlpha(c, self, other, promoted(c, {self, other}),
                          [&](Value x, Value y) { return add(c.b, x, y); }));
}

static LogicalResult subtract(OpCall &c, const Operand &from, const Operand &what) {
  Type type = promoted(c, {from, what});
  if (type.isInteger(1))
    return c.unsupported("it subtracts bools", "use `^` or `logical_not`");
  return c.done(withAlpha(c, from, what, type,
                          [&](Value x, Value y) { return c.b.binary<graph::SubOp>(x, y); }));
}
static LogicalResult importSub(OpCall &c) {
  return subtract(c, c.operand("self"), c.operand("other"));
}
static LogicalResult importRsub(OpCall &c) {
  return subtract(c, c.operand("other"), c.operand("self"));
}

static LogicalResult importMul(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = promoted(c, {self, other});
  return c.done(multiply(c.b, c.b.operand(self, type), c.b.operand(other, type)));
}

// True division: of integers in the default float type.
static LogicalResult importDiv(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = floatElementType(promoted(c, {self, other}));
  return c.done(c.b.binary<graph::DivOp>(c.b.operand(self, type), c.b.operand(other, type)));
}

namespace {
struct Division {
  Value quotient, remainder; // null if it cannot be compiled; the reason is set
};
} // namespace

// Of integers: the quotient rounded down, and what is left, with the sign of the divisor as in
// Python.
static Division divide(OpCall &c, const Operand &self, const Operand &other, Type type) {
  GraphBuilder &b = c.b;
  bool isNumber = !other.tensor && !other.size.isOpen();
  int64_t by = isNumber ? other.scalar.integer : 0;
  if (isNumber && by == 0) {
    (void)c.unsupported("its divisor is zero");
    return {};
  }
  Value x = b.operand(self, type), divisor = b.operand(other, type);
  Value quotient = b.binary<graph::FloorDivOp>(x, divisor);
  if (!quotient) {
    (void)c.done(Value());
    return {};
  }
  Value left = b.binary<graph::SubOp>(x, b.binary<graph::MulOp>(quotient, divisor));
  if (!isNumber)
    return {quotient, left};
  // Changes nothing, but says what an index that is made of it can be.
  Value least = b.constant(Scalar::ofInt(std::min<int64_t>(by, -1) + 1), type);
  Value most = b.constant(Scalar::ofInt(std::max<int64_t>(by, 1) - 1), type);
  return {quotient, b.binary<graph::MinimumOp>(b.binary<graph::MaximumOp>(left, least), most)};
}

static bool isWhole(Type type) { return type.isInteger(64) || type.isInteger(32); }

static LogicalResult importRemainder(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = promoted(c, {self, other});
  if (!isWhole(type))
    return c.unsupported("it is not of integers",
                         "compute x - torch.floor(x / n) * n if its rounding does not matter");
  Value left = divide(c, self, other, type).remainder;
  return left ? c.done(left) : failure();
}

// The quotient rounded down, or towards zero.
static LogicalResult importRoundedDivision(OpCall &c, bool down) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = promoted(c, {self, other});
  if (isa<FloatType>(type) && !down) {
    Value exact = c.b.binary<graph::DivOp>(c.b.operand(self, type), c.b.operand(other, type));
    Value size = c.b.unary<graph::FloorOp>(c.b.unary<graph::AbsOp>(exact));
    Value isNegative =
        exact ? c.b.compare<graph::LtOp>(exact, c.b.constant(Scalar::ofInt(0), type)) : Value();
    return c.done(c.b.where(isNegative, c.b.unary<graph::NegOp>(size), size));
  }
  if (!isWhole(type))
    return c.unsupported("it rounds a quotient down that is not of integers",
                         "use torch.floor(x / y), which rounds the quotient first");
  Division division = divide(c, self, other, type);
  if (!division.quotient || down)
    return division.quotient ? c.done(division.quotient) : failure();
  // Of a negative quotient that is not whole the next one.
  Value zero = c.b.constant(Scalar::ofInt(0), type), one = c.b.constant(Scalar::ofInt(1), type);
  Value isNegative = c.b.compare<graph::LtOp>(division.quotient, zero);
  Value isPart = c.b.compare<graph::NeOp>(division.remainder, zero);
  return c.done(c.b.where(c.b.binary<graph::LogicalAndOp>(isNegative, isPart),
                          c.b.binary<graph::AddOp>(division.quotient, one), division.quotient));
}
static LogicalResult importFloorDivide(OpCall &c) { return importRoundedDivision(c, true); }
static LogicalResult importDivMode(OpCall &c) {
  if (c.isNone("rounding_mode"))
    return importDiv(c);
  return importRoundedDivision(c, c.string("rounding_mode") == "floor");
}

template <typename Op, typename BoolOp> static LogicalResult importExtremum(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = promoted(c, {self, other});
  Value lhs = c.b.operand(self, type), rhs = c.b.operand(other, type);
  return c.done(type.isInteger(1) ? c.b.binary<BoolOp>(lhs, rhs) : c.b.binary<Op>(lhs, rhs));
}

// min(max(self, lower), upper), as ATen: with lower > upper everything is upper.
static LogicalResult importClamp(OpCall &c) {
  Operand self = c.operand("self");
  SmallVector<Operand> all = {self};
  for (StringRef bound : {"min", "max"})
    if (!c.isNone(bound))
      all.push_back(c.operand(bound));
  Type type = promoted(c, all);
  if (type.isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.float()`)");
  Value value = c.b.operand(self, type);
  if (!c.isNone("min"))
    value = c.b.binary<graph::MaximumOp>(value, c.b.operand(c.operand("min"), type));
  if (!c.isNone("max"))
    value = c.b.binary<graph::MinimumOp>(value, c.b.operand(c.operand("max"), type));
  return c.done(value);
}
static LogicalResult importClampMin(OpCall &c) {
  Operand self = c.operand("self"), min = c.operand("min");
  Type type = promoted(c, {self, min});
  return c.done(c.b.binary<graph::MaximumOp>(c.b.operand(self, type), c.b.operand(min, type)));
}
static LogicalResult importClampMax(OpCall &c) {
  Operand self = c.operand("self"), max = c.operand("max");
  Type type = promoted(c, {self, max});
  return c.done(c.b.binary<graph::MinimumOp>(c.b.operand(self, type), c.b.operand(max, type)));
}

// Powers with the exponents that ATen computes without pow, and the general one of floats.
static LogicalResult importPow(OpCall &c) {
  Operand base = c.operand("self"), exponent = c.operand("exponent");
  Type type = promoted(c, {base, exponent});
  if (base.tensor && !exponent.tensor) {
    Value x = c.b.convert(base.tensor, type);
    double power = exponent.scalar.asDouble();
    if (power == 1)
      return c.done(x);
    if (power == 2 || power == 3) {
      Value square = multiply(c.b, x, x);
      return c.done(power == 2 ? square : multiply(c.b, square, x));
    }
    if (isa<FloatType>(type)) {
      if (power == 0.5)
        return c.done(c.b.unary<graph::SqrtOp>(x));
      if (power == -0.5)
        return c.done(c.b.unary<graph::RsqrtOp>(x));
      if (power == -1)
        return c.done(c.b.unary<graph::ReciprocalOp>(x));
      if (power == -2)
        return c.done(c.b.unary<graph::ReciprocalOp>(multiply(c.b, x, x)));
    }
  }
  if (!isa<FloatType>(type))
    return c.unsupported("integer powers other than 1, 2 and 3 are not supported",
                         "convert to float first (`.float()`)");
  return c.done(c.b.binary<graph::PowOp>(c.b.operand(base, type), c.b.operand(exponent, type)));
}

static const OpEntry kOps[] = {
    {"add.Tensor", "Operand self, Operand other, Scalar alpha=1", importAdd},
    {"add.Scalar", "Operand self, Operand other, Scalar alpha=1", importAdd},
    {"sub.Tensor", "Operand self, Operand other, Scalar alpha=1", importSub},
    {"sub.Scalar", "Operand self, Operand other, Scalar alpha=1", importSub},
    {"subtract.Tensor", "Operand self, Operand other, Scalar alpha=1", importSub},
    {"rsub.Tensor", "Operand self, Operand other, Scalar alpha=1", importRsub},
    {"rsub.Scalar", "Operand self, Operand other, Scalar alpha=1", importRsub},
    {"mul.Tensor", "Operand self, Operand other", importMul},
    {"mul.Scalar", "Operand self, Operand other", importMul},
    {"multiply.Tensor", "Operand self, Operand other", importMul},
    {"div.Tensor", "Operand self, Operand other", importDiv},
    {"div.Scalar", "Operand self, Operand other", importDiv},
    {"div.Tensor_mode", "Operand self, Operand other, str? rounding_mode", importDivMode},
    {"div.Scalar_mode", "Operand self, Operand other, str? rounding_mode", importDivMode},
    {"divide.Tensor", "Operand self, Operand other", importDiv},
    {"true_divide.Tensor", "Operand self, Operand other", importDiv},
    {"floor_divide.default", "Operand self, Operand other", importFloorDivide},
    {"floor_divide.Scalar", "Operand self, Operand other", importFloorDivide},
    {"remainder.Scalar", "Operand self, Operand other", importRemainder},
    {"remainder.Tensor", "Operand self, Operand other", importRemainder},
    {"remainder.Scalar_Tensor", "Operand self, Operand other", importRemainder},
    {"maximum.default", "Operand self, Operand other",
     importExtremum<graph::MaximumOp, graph::LogicalOrOp>},
    {"minimum.default", "Operand self, Operand other",
     importExtremum<graph::MinimumOp, graph::LogicalAndOp>},
    {"max.other", "Operand self, Operand other",
     importExtremum<graph::MaximumOp, graph::LogicalOrOp>},
    {"min.other", "Operand self, Operand other",
     importExtremum<graph::MinimumOp, graph::LogicalAndOp>},
    {"clamp.default", "Operand self, Operand? min=None, Operand? max=None", importClamp},
    {"clamp.Tensor", "Operand self, Operand? min=None, Operand? max=None", importClamp},
    {"clamp_min.default", "Operand self, Operand min", importClampMin},
    {"clamp_min.Tensor", "Operand self, Operand min", importClampMin},
    {"clamp_max.default", "Operand self, Operand max", importClampMax},
    {"clamp_max.Tensor", "Operand self, Operand max", importClampMax},
    {"pow.Tensor_Scalar", "Operand self, Operand exponent", importPow},
    {"pow.Tensor_Tensor", "Operand self, Operand exponent", importPow},
    {"pow.Scalar", "Operand self, Operand exponent", importPow},
};

ArrayRef<OpEntry> buddy::arithmeticOps() { return kOps; }
