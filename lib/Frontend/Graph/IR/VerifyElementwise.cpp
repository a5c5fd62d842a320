// Verifiers of the leaves and the elementwise ops.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::graph;

static Type elementOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

// One element type for all of `operands`, and a result whose shape is their broadcast.
static LogicalResult verifyBroadcast(Operation *op, ValueRange operands) {
  SmallVector<ArrayRef<Size>> shapes;
  for (Value operand : operands)
    shapes.push_back(sizesOf(operand));
  FailureOr<SmallVector<Size>> expected = broadcastShapes(shapes);
  if (failed(expected))
    return op->emitOpError("operand shapes do not broadcast with each other");
  if (sizesOf(op->getResult(0)) != ArrayRef<Size>(*expected))
    return op->emitOpError("result shape is not the broadcast of the operand shapes");
  return success();
}

template <typename Op> static LogicalResult verifyBinary(Op op) {
  if (elementOf(op.getLhs()) != elementOf(op.getRhs()))
    return op.emitOpError("operands have different element types; a graph.convert is missing");
  if (elementOf(op.getLhs()) != elementOf(op.getResult()))
    return op.emitOpError("result element type differs from the operands'");
  return verifyBroadcast(op, {op.getLhs(), op.getRhs()});
}

template <typename Op> static LogicalResult verifyCompare(Op op) {
  if (elementOf(op.getLhs()) != elementOf(op.getRhs()))
    return op.emitOpError("operands have different element types; a graph.convert is missing");
  return verifyBroadcast(op, {op.getLhs(), op.getRhs()});
}

#define BINARY(Op)                                                                                 \
  LogicalResult Op::verify() { return verifyBinary(*this); }
BINARY(AddOp)
BINARY(SubOp)
BINARY(MulOp)
BINARY(DivOp)
BINARY(FloorDivOp)
BINARY(PowOp)
BINARY(MaximumOp)
BINARY(MinimumOp)
BINARY(LogicalAndOp)
BINARY(LogicalOrOp)
BINARY(LogicalXorOp)
#undef BINARY

#define COMPARE(Op)                                                                                \
  LogicalResult Op::verify() { return verifyCompare(*this); }
COMPARE(EqOp)
COMPARE(NeOp)
COMPARE(LtOp)
COMPARE(LeOp)
COMPARE(GtOp)
COMPARE(GeOp)
#undef COMPARE

LogicalResult WhereOp::verify() {
  if (elementOf(getOnTrue()) != elementOf(getOnFalse()) ||
      elementOf(getOnTrue()) != elementOf(getResult()))
    return emitOpError("both branches and the result must have one element type");
  return verifyBroadcast(*this, {getCondition(), getOnTrue(), getOnFalse()});
}

Size buddy::graph::startOf(ArangeOp op) {
  auto start = dyn_cast<IntegerAttr>(op.getStart());
  if (!start || !start.getValue().isSignedIntN(64))
    return Size::unknown();
  // Without symbols a number is a number, however large.
  int64_t number = start.getValue().getSExtValue();
  return symbolsAround(op).empty() ? Size(number) : sizeOfNumber(op.getContext(), number);
}

LogicalResult ArangeOp::verify() {
  if (getResult().getType().getRank() != 1)
    return emitOpError("result must have rank 1");
  bool isFloat = isa<FloatType>(elementOf(getResult()));
  for (Attribute attr : {Attribute(getStart()), Attribute(getStep())})
    if (isFloat ? !isa<FloatAttr>(attr) : !isa<IntegerAttr>(attr))
      return emitOpError("start and step must be ")
             << (isFloat ? "floats" : "integers") << " as the result is";
  return success();
}
