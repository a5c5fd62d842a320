// Matrix products.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// Whether all are of one float type; contractions promote nothing.
static bool sameFloats(ArrayRef<Value> values) {
  for (Value value : values)
    if (value &&
        (!isa<FloatType>(elementTypeOf(value)) || elementTypeOf(value) != elementTypeOf(values[0])))
      return false;
  return true;
}

static LogicalResult integerProduct(OpCall &c) {
  return c.unsupported("it multiplies matrices of integers or of mixed dtypes",
                       "convert both to float32 first (`.float()`)");
}

static LogicalResult importLinear(OpCall &c) {
  Value input = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  if (!sameFloats({input, weight, bias}))
    return integerProduct(c);
  if (sizesOf(weight).size() != 2)
    return c.unsupported("its weight has rank " + llvm::Twine(sizesOf(weight).size()),
                         "give a weight of two dimensions");
  // A bias that is not [N] broadcasts, which graph.linear does not say.
  if (bias && sizesOf(bias) != sizesOf(weight).take_front())
    return c.done(c.b.binary<graph::AddOp>(c.b.linear(input, weight, {}), bias));
  return c.done(c.b.linear(input, weight, bias));
}

// Rank 0: any rank of at least 2.
static LogicalResult product(OpCall &c, StringRef left, StringRef right, size_t rank) {
  Value lhs = c.tensor(left), rhs = c.tensor(right);
  if (!sameFloats({lhs, rhs}))
    return integerProduct(c);
  for (Value value : {lhs, rhs}) {
    if (rank && sizesOf(value).size() != rank)
      return c.invalid("its operands must have rank " + llvm::Twine(rank));
    if (sizesOf(value).size() < 2)
      return c.unsupported("an operand has fewer than two dimensions",
                           "make it a matrix with `unsqueeze` and `squeeze` the result");
  }
  return c.done(c.b.matmul(lhs, rhs));
}
static LogicalResult importMatmul(OpCall &c) { return product(c, "self", "other", 0); }
static LogicalResult importMm(OpCall &c) { return product(c, "self", "mat2", 2); }
static LogicalResult importBmm(OpCall &c) { return product(c, "self", "mat2", 3); }

// beta * self + alpha * (lhs @ rhs). With beta 0 ATen does not read self: its NaNs do not count.
static LogicalResult addProduct(OpCall &c, StringRef left, StringRef right, size_t rank) {
  Value self = c.tensor("self");
  if (!sameFloats({self, c.tensor(left)}))
    return integerProduct(c);
  if (failed(product(c, left, right, rank)))
    return failure();
  auto times = [&](Value value, StringRef factor) {
    Scalar scalar = c.scalar(factor);
    if (scalar.asDouble() == 1)
      return value;
    return c.b.binary<graph::MulOp>(value, c.b.constant(scalar, elementTypeOf(value)));
  };
  Value result = times(c.results[0], "alpha");
  if (result && c.scalar("beta").asDouble() != 0)
    result = c.b.binary<graph::AddOp>(result, times(self, "beta"));
  return c.done(result);
}
static LogicalResult importAddmm(OpCall &c) { return addProduct(c, "mat1", "mat2", 2); }
static LogicalResult importBaddbmm(OpCall &c) { return addProduct(c, "batch1", "batch2", 3); }

// [n] and [m] to [n, m], with promotion as in a multiplication.
static LogicalResult importOuter(OpCall &c) {
  Value self = c.tensor("self"), other = c.tensor("vec2");
  if (sizesOf(self).size() != 1 || sizesOf(other).size() != 1)
    return c.invalid("its operands must have rank 1");
  Type type = resultElementType(c.b.getContext(), {{self, {}}, {other, {}}});
  Value column = c.b.reshape(c.b.convert(self, type), {sizesOf(self)[0], 1}, "unsqueeze");
  Value row = c.b.reshape(c.b.convert(other, type), {1, sizesOf(other)[0]}, "unsqueeze");
  if (type.isInteger(1))
    return c.done(c.b.binary<graph::LogicalAndOp>(column, row));
  return c.done(c.b.binary<graph::MulOp>(column, row));
}

static const OpEntry kOps[] = {
    {"linear.default", "Tensor input, Tensor weight, Tensor? bias=None", importLinear},
    {"matmul.default", "Tensor self, Tensor other", importMatmul},
    {"mm.default", "Tensor self, Tensor mat2", importMm},
    {"bmm.default", "Tensor self, Tensor mat2", importBmm},
    {"addmm.default", "Tensor self, Tensor mat1, Tensor mat2, Scalar beta=1, Scalar alpha=1",
     importAddmm},
    {"baddbmm.default", "Tensor self, Tensor batch1, Tensor batch2, Scalar beta=1, Scalar alpha=1",
     importBaddbmm},
    {"outer.default", "Tensor self, Tensor vec2", importOuter},
    {"ger.default", "Tensor self, Tensor vec2", importOuter},
};

ArrayRef<OpEntry> buddy::contractionOps() { return kOps; }
