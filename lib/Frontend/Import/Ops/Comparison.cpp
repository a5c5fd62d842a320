// Comparisons and the logic of bools.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

template <typename Op> static LogicalResult importCompare(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = resultElementType(c.b.getContext(), {self, other});
  Value lhs = c.b.operand(self, type), rhs = c.b.operand(other, type);
  if (!rhs || !lhs)
    return c.unsupported("the number it compares with does not fit the tensor's dtype");
  return c.done(c.b.compare<Op>(lhs, rhs));
}

// logical_*: anything that is not zero is true.
template <typename Op> static LogicalResult importLogical(OpCall &c) {
  return c.done(c.b.binary<Op>(c.b.convert(c.tensor("self"), c.b.i1()),
                               c.b.convert(c.tensor("other"), c.b.i1())));
}

template <typename Op> static LogicalResult importBitwise(OpCall &c) {
  Operand self = c.operand("self"), other = c.operand("other");
  Type type = resultElementType(c.b.getContext(), {self, other});
  if (!type.isInteger(1))
    return c.unsupported("it is applied to integers; only bool is supported");
  return c.done(c.b.binary<Op>(c.b.operand(self, type), c.b.operand(other, type)));
}

static const OpEntry kOps[] = {
    {"eq.Tensor", "Operand self, Operand other", importCompare<graph::EqOp>},
    {"eq.Scalar", "Operand self, Operand other", importCompare<graph::EqOp>},
    {"ne.Tensor", "Operand self, Operand other", importCompare<graph::NeOp>},
    {"ne.Scalar", "Operand self, Operand other", importCompare<graph::NeOp>},
    {"lt.Tensor", "Operand self, Operand other", importCompare<graph::LtOp>},
    {"lt.Scalar", "Operand self, Operand other", importCompare<graph::LtOp>},
    {"le.Tensor", "Operand self, Operand other", importCompare<graph::LeOp>},
    {"le.Scalar", "Operand self, Operand other", importCompare<graph::LeOp>},
    {"gt.Tensor", "Operand self, Operand other", importCompare<graph::GtOp>},
    {"gt.Scalar", "Operand self, Operand other", importCompare<graph::GtOp>},
    {"ge.Tensor", "Operand self, Operand other", importCompare<graph::GeOp>},
    {"ge.Scalar", "Operand self, Operand other", importCompare<graph::GeOp>},
    {"logical_and.default", "Tensor self, Tensor other", importLogical<graph::LogicalAndOp>},
    {"logical_or.default", "Tensor self, Tensor other", importLogical<graph::LogicalOrOp>},
    {"logical_xor.default", "Tensor self, Tensor other", importLogical<graph::LogicalXorOp>},
    {"bitwise_and.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalAndOp>},
    {"bitwise_and.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalAndOp>},
    {"bitwise_or.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalOrOp>},
    {"bitwise_or.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalOrOp>},
    {"bitwise_xor.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalXorOp>},
    {"bitwise_xor.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalXorOp>},
    {"__and__.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalAndOp>},
    {"__and__.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalAndOp>},
    {"__or__.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalOrOp>},
    {"__or__.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalOrOp>},
    {"__xor__.Tensor", "Operand self, Operand other", importBitwise<graph::LogicalXorOp>},
    {"__xor__.Scalar", "Operand self, Operand other", importBitwise<graph::LogicalXorOp>},
};

ArrayRef<OpEntry> buddy::comparisonOps() { return kOps; }
