// Activations that the graph dialect says with a few elementwise ops.
#include "buddy/Frontend/Import/OpTable.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

namespace {
// Arithmetic in the type of one tensor, so that a formula reads like one.
struct Formula {
  GraphBuilder &b;
  Type type;

  Value number(double value) { return b.constant(Scalar::ofFloat(value), type); }
  Value number(const Scalar &value) { return b.constant(value, type); }
  Value add(Value x, Value y) { return b.binary<graph::AddOp>(x, y); }
  Value sub(Value x, Value y) { return b.binary<graph::SubOp>(x, y); }
  Value mul(Value x, Value y) { return b.binary<graph::MulOp>(x, y); }
  Value div(Value x, Value y) { return b.binary<graph::DivOp>(x, y); }
  Value largest(Value x, Value y) { return b.binary<graph::MaximumOp>(x, y); }
  Value least(Value x, Value y) { return b.binary<graph::MinimumOp>(x, y); }
  Value clamp(Value x, Value low, Value high) { return least(largest(x, low), high); }
  Value choose(Value condition, Value x, Value y) { return b.where(condition, x, y); }
  Value isPositive(Value x) { return b.compare<graph::GtOp>(x, number(0)); }

  // log(1 + x): what 1 + x rounds away is added again, divided by the derivative.
  Value log1p(Value x) {
    Value sum = add(number(1), x), log = b.unary<graph::LogOp>(sum);
    Value lost = div(sub(x, sub(sum, number(1))), sum);
    Value isEnd = b.binary<graph::LogicalOrOp>(b.compare<graph::EqOp>(sum, number(0)),
                                               b.compare<graph::EqOp>(sum, number(INFINITY)));
    return choose(isEnd, log, add(log, lost));
  }
  // exp(x) - 1 is (exp(x) + 1) tanh(x / 2), which cancels nothing near 0.
  Value expm1(Value x) {
    Value power = b.unary<graph::ExpOp>(x);
    Value half = b.unary<graph::TanhOp>(mul(x, number(0.5)));
    Value isNear = b.compare<graph::LtOp>(b.unary<graph::AbsOp>(x), number(1));
    return choose(isNear, mul(add(power, number(1)), half), sub(power, number(1)));
  }
  // log(1 + exp(x)) without overflow.
  Value softplus(Value x) {
    Value negative = b.unary<graph::NegOp>(b.unary<graph::AbsOp>(x));
    return add(largest(x, number(0)), log1p(b.unary<graph::ExpOp>(negative)));
  }
  Value elu(Value x, Value alpha, Value scale, Value inputScale) {
    Value below = mul(mul(scale, alpha), expm1(mul(x, inputScale)));
    return choose(isPositive(x), mul(x, scale), below);
  }
  // relu6(x + 3) / 6
  Value hardSigmoid(Value x) {
    return div(clamp(add(x, number(3)), number(0), number(6)), number(6));
  }
};
} // namespace

// An activation of floats, by its formula.
template <Value (*formula)(Formula, OpCall &, Value)>
static LogicalResult importFormula(OpCall &c) {
  Value self = c.tensor("self");
  if (!isa<FloatType>(elementTypeOf(self)))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  return c.done(formula(Formula{c.b, elementTypeOf(self)}, c, self));
}

static Value log1p(Formula f, OpCall &, Value x) { return f.log1p(x); }
static Value expm1(Formula f, OpCall &, Value x) { return f.expm1(x); }

static Value elu(Formula f, OpCall &c, Value x) {
  return f.elu(x, f.number(c.scalar("alpha")), f.number(c.scalar("scale")),
               f.number(c.scalar("input_scale")));
}
static Value selu(Formula f, OpCall &, Value x) {
  return f.elu(x, f.number(1.6732632423543772848170429916717),
               f.number(1.0507009873554804934193349852946), f.number(1));
}
static Value celu(Formula f, OpCall &c, Value x) {
  double alpha = c.scalar("alpha").asDouble();
  return f.elu(x, f.number(alpha), f.number(1), f.number(1 / alpha));
}
static Value leakyRelu(Formula f, OpCall &c, Value x) {
  return f.choose(f.isPositive(x), x, f.mul(x, f.number(c.scalar("negative_slope"))));
}

// softplus(beta x) / beta, and x itself above the threshold.
static Value softplus(Formula f, OpCall &c, Value x) {
  Value beta = f.number(c.scalar("beta")), scaled = f.mul(x, beta);
  Value isLinear = f.b.compare<graph::GtOp>(scaled, f.number(c.scalar("threshold")));
  return f.choose(isLinear, x, f.div(f.softplus(scaled), beta));
}
static Value mish(Formula f, OpCall &, Value x) {
  return f.mul(x, f.b.unary<graph::TanhOp>(f.softplus(x)));
}
static Value logSigmoid(Formula f, OpCall &, Value x) {
  return f.b.unary<graph::NegOp>(f.softplus(f.b.unary<graph::NegOp>(x)));
}

static Value hardTanh(Formula f, OpCall &c, Value x) {
  return f.clamp(x, f.number(c.scalar("min_val")), f.number(c.scalar("max_val")));
}
static Value relu6(Formula f, OpCall &, Value x) { return f.clamp(x, f.number(0), f.number(6)); }
static Value hardSigmoid(Formula f, OpCall &, Value x) { return f.hardSigmoid(x); }
static Value hardSwish(Formula f, OpCall &, Value x) { return f.mul(x, f.hardSigmoid(x)); }

// The first half times the sigmoid of the second.
static LogicalResult importGlu(OpCall &c) {
  Value self = c.tensor("self");
  if (!isa<FloatType>(elementTypeOf(self)) || sizesOf(self).empty())
    return c.invalid("it needs a float tensor of at least one dimension");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(self).size());
  if (failed(dim))
    return failure();
  Size size = sizesOf(self)[*dim], half = floorDiv(size, 2);
  if (mod(size, 2) != 0)
    return c.invalid("the dimension it halves has an odd size");
  Value value = c.b.slice(self, *dim, 0, half, 1);
  Value gate = c.b.slice(self, *dim, half, size, 1);
  return c.done(c.b.binary<graph::MulOp>(value, c.b.unary<graph::SigmoidOp>(gate)));
}

static const OpEntry kOps[] = {
    {"log1p.default", "Tensor self", importFormula<log1p>},
    {"expm1.default", "Tensor self", importFormula<expm1>},
    {"elu.default", "Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1",
     importFormula<elu>},
    {"selu.default", "Tensor self", importFormula<selu>},
    {"celu.default", "Tensor self, Scalar alpha=1.0", importFormula<celu>},
    {"leaky_relu.default", "Tensor self, Scalar negative_slope=0.01", importFormula<leakyRelu>},
    {"softplus.default", "Tensor self, Scalar beta=1, Scalar threshold=20",
     importFormula<softplus>},
    {"mish.default", "Tensor self", importFormula<mish>},
    {"log_sigmoid.default", "Tensor self", importFormula<logSigmoid>},
    {"hardtanh.default", "Tensor self, Scalar min_val=-1, Scalar max_val=1",
     importFormula<hardTanh>},
    {"relu6.default", "Tensor self", importFormula<relu6>},
    {"hardsigmoid.default", "Tensor self", importFormula<hardSigmoid>},
    {"hardswish.default", "Tensor self", importFormula<hardSwish>},
    {"glu.default", "Tensor self, int dim=-1", importGlu},
};

ArrayRef<OpEntry> buddy::activationOps() { return kOps; }
