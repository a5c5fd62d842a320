// Running sums and differences along a dimension.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static LogicalResult importCumsum(OpCall &c) {
  Value self = c.tensor("self");
  Type element = elementTypeOf(self);
  // Integers and bools are summed as int64.
  Type type = c.computedDtype("dtype", isa<FloatType>(element) ? element : c.b.i64());
  if (!type)
    return failure();
  if (type.isInteger(1))
    return c.unsupported("it sums as bool", "leave out the dtype, or use torch.int64");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(self).size());
  if (failed(dim))
    return failure();
  Value input = c.b.convert(self, type);
  if (sizesOf(self).empty())
    return c.done(input);
  return c.done(
      graph::CumsumOp::create(c.b.builder, c.b.loc, input.getType(), input, *dim).getResult());
}

// The differences of neighbours, `n` times; what is prepended and appended takes part.
static LogicalResult importDiff(OpCall &c) {
  SmallVector<Operand> operands;
  for (StringRef name : {"prepend", "self", "append"})
    if (Value part = c.tensor(name))
      operands.push_back({part, {}});
  Type type = resultElementType(c.b.getContext(), operands);
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  SmallVector<Value> parts;
  for (const Operand &operand : operands)
    parts.push_back(c.b.convert(operand.tensor, type));
  int64_t count = c.integer("n");
  if (count < 0)
    return c.invalid("n is negative");
  // Each time is an op; with more it is zero or noise.
  if (count > 1000)
    return c.unsupported("it takes differences " + llvm::Twine(count) + " times",
                         "take them at most 1000 times");
  Value value = c.b.cat(parts, *dim);
  for (int64_t i = 0; i < count && value; ++i) {
    Size size = sizesOf(value)[*dim];
    Value upper = c.b.slice(value, *dim, 1, size, 1),
          lower = c.b.slice(value, *dim, 0, size - 1, 1);
    value = type.isInteger(1) ? c.b.binary<graph::LogicalXorOp>(upper, lower)
                              : c.b.binary<graph::SubOp>(upper, lower);
  }
  return c.done(value);
}

static const OpEntry kOps[] = {
    {"cumsum.default", "Tensor self, int dim, dtype? dtype=None", importCumsum},
    {"diff.default", "Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None",
     importDiff},
};

ArrayRef<OpEntry> buddy::scanOps() { return kOps; }
