// Makes the checks of a run. docs/contracts.md, section 2.
#include "RunChecks.h"
#include "Outputs.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/SourceLine.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {

Attribute numbersAttr(MLIRContext *context, ArrayRef<Size> numbers, ArrayRef<Symbol> symbols) {
  if (isOpen(numbers))
    return AffineMapAttr::get(affineMapOf(context, numbers, symbols.size()));
  SmallVector<int64_t> plain;
  for (Size number : numbers)
    plain.push_back(number.getNumber());
  return DenseI64ArrayAttr::get(context, plain);
}

// What PyTorch calls the operation.
static StringRef nameOf(Operation *op) {
  auto aten = op->getAttrOfType<StringAttr>("aten");
  return aten ? aten.getValue() : op->getName().stripDialect();
}

RunChecks::RunChecks(func::FuncOp func) : func(func), symbols(symbolsAround(func)) {}

// As a tensor without dimensions.
Value RunChecks::number(Type element, Size value) {
  Value &made = numbers[{element, sizeAttr(func.getContext(), value)}];
  if (made)
    return made;
  OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
  Location loc = func.getLoc();
  auto scalar = RankedTensorType::get({}, element);
  if (std::optional<int64_t> number = value.asNumber())
    return made = ConstantOp::create(
               b, loc, scalar, DenseElementsAttr::get(scalar, b.getIntegerAttr(element, *number)));
  Value list = ArangeOp::create(b, loc, RankedTensorType::get({1}, element),
                                sizeAttr(func.getContext(), value), b.getI64IntegerAttr(1));
  return made = reshapeTo(b, loc, list, {});
}

Value RunChecks::nearestInside(OpBuilder &b, Location loc, Value indices, Size lowest,
                               Size highest) {
  Type element = tensorType(indices).getElementType();
  Value raised = createBinary<MaximumOp>(b, loc, indices, number(element, lowest));
  return createBinary<MinimumOp>(b, loc, raised, number(element, highest));
}

void RunChecks::add(OpOperand &operand, Size lowest, Size highest) {
  Operation *op = operand.getOwner();
  Value indices = operand.get();
  MLIRContext *context = func.getContext();
  Value &inside = known[{indices, sizeAttr(context, lowest), sizeAttr(context, highest)}];
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
    entry.set("range", numbersAttr(context, {lowest, highest}, symbols));
    entry.set("shape", numbersAttr(context, sizesOf(indices), symbols));
    described.push_back(entry.getDictionary(context));
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
