// Makes the checks of a run. docs/contracts.md, section 2.
#include "RunChecks.h"
#include "Outputs.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/SourceLine.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {

Attribute numbersAttr(MLIRContext *context, ArrayRef<int64_t> numbers, ArrayRef<Symbol> symbols) {
  if (isSymbolic(numbers))
    return AffineMapAttr::get(sizesMap(context, numbers, symbols.size()));
  return DenseI64ArrayAttr::get(context, numbers);
}

// What PyTorch calls the operation.
static StringRef nameOf(Operation *op) {
  auto aten = op->getAttrOfType<StringAttr>("aten");
  return aten ? aten.getValue() : op->getName().stripDialect();
}

RunChecks::RunChecks(func::FuncOp func) : func(func), symbols(symbolsAround(func)) {}

// As a tensor without dimensions.
Value RunChecks::number(Type element, int64_t value) {
  Value &made = numbers[{element, value}];
  if (made)
    return made;
  OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
  Location loc = func.getLoc();
  auto scalar = RankedTensorType::get({}, element);
  if (!isSymbolic(value))
    return made = ConstantOp::create(
               b, loc, scalar, DenseElementsAttr::get(scalar, b.getIntegerAttr(element, value)));
  Value list = ArangeOp::create(b, loc, RankedTensorType::get({1}, element),
                                b.getI64IntegerAttr(value), b.getI64IntegerAttr(1));
  return made = reshapeTo(b, loc, list, {});
}

Value RunChecks::nearestInside(OpBuilder &b, Location loc, Value indices, int64_t lowest,
                               int64_t highest) {
  Type element = tensorType(indices).getElementType();
  Value raised = createBinary<MaximumOp>(b, loc, indices, number(element, lowest));
  return createBinary<MinimumOp>(b, loc, raised, number(element, highest));
}

void RunChecks::add(OpOperand &operand, int64_t lowest, int64_t highest) {
  Operation *op = operand.getOwner();
  Value indices = operand.get();
  Value &inside = known[{indices, lowest, highest}];
  if (!inside) {
    OpBuilder b(op);
    auto type = RankedTensorType::get({3}, b.getI64Type());
    if (!found) {
      OpBuilder atStart = OpBuilder::atBlockBegin(op->getBlock());
      found = NoFindingsOp::create(atStart, func.getLoc(), type);
    }
    found = CheckIndicesOp::create(b, op->getLoc(), type, found, indices, lowest, highest);
    NamedAttrList entry;
    entry.set("op", b.getStringAttr(nameOf(op)));
    if (std::string line = sourceLine(op->getLoc()); !line.empty())
      entry.set("location", b.getStringAttr(line));
    entry.set("range", numbersAttr(b.getContext(), {lowest, highest}, symbols));
    entry.set("shape", numbersAttr(b.getContext(), tensorType(indices).getShape(), symbols));
    described.push_back(entry.getDictionary(b.getContext()));
    inside = nearestInside(b, op->getLoc(), indices, lowest, highest);
  }
  operand.set(inside);
}

void RunChecks::finish() {
  if (!found)
    return;
  Builder b(func.getContext());
  addOutputs(func, found,
             b.getDictionaryAttr({b.getNamedAttr("checks", b.getArrayAttr(described)),
                                  b.getNamedAttr("name", b.getStringAttr("checks")),
                                  b.getNamedAttr("type", TypeAttr::get(found.getType()))}));
}

} // namespace buddy::graph
