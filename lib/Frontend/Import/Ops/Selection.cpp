// Choosing elements by a condition or by their place.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static LogicalResult importWhere(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = resultElementType(c.b.getContext(), {self, other});
  return c.done(
      c.b.where(c.tensor("condition"), c.b.operand(self, type), c.b.operand(other, type)));
}

// The value takes the tensor's type, never the other way round.
static LogicalResult importMaskedFill(OpCall &c) {
  Value self = c.tensor("self");
  Operand value = c.operand("value");
  if (value.tensor && !sizesOf(value.tensor).empty())
    return c.invalid("the value must be a number or a tensor of rank 0");
  Value fill = c.b.operand(value, elementTypeOf(self));
  if (!fill)
    return c.unsupported("the number it fills with does not fit the tensor's dtype");
  return c.done(c.b.where(c.tensor("mask"), fill, self));
}

template <typename Op> static LogicalResult importTriangle(OpCall &c) {
  Value self = c.tensor("self");
  if (sizesOf(self).size() < 2)
    return c.invalid("it needs a tensor of at least two dimensions");
  Size diagonal = c.size("diagonal");
  if (diagonal.isNumber()) // beyond all dimensions it does not matter by how much
    diagonal = std::clamp(diagonal.getNumber(), -kLargestNumber, kLargestNumber);
  return c.done(Op::create(c.b.builder, c.b.loc, self.getType(), self, diagonal).getResult());
}

static const OpEntry kOps[] = {
    {"where.self", "Tensor condition, Operand self, Operand other", importWhere},
    {"where.Scalar", "Tensor condition, Operand self, Operand other", importWhere},
    {"where.ScalarSelf", "Tensor condition, Operand self, Operand other", importWhere},
    {"where.ScalarOther", "Tensor condition, Operand self, Operand other", importWhere},
    {"masked_fill.Scalar", "Tensor self, Tensor mask, Operand value", importMaskedFill},
    {"masked_fill.Tensor", "Tensor self, Tensor mask, Operand value", importMaskedFill},
    {"tril.default", "Tensor self, Size diagonal=0", importTriangle<graph::TrilOp>},
    {"triu.default", "Tensor self, Size diagonal=0", importTriangle<graph::TriuOp>},
};

ArrayRef<OpEntry> buddy::selectionOps() { return kOps; }
