// Integers of 64 bits that 32 bits hold, whatever the inputs are.
#include "Intervals.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_NARROWINTEGERSPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

bool isWide(Value value) { return getElementTypeOrSelf(value.getType()).isInteger(64); }

// The same values in 32 bits, which hold them.
ElementsAttr narrowed(ElementsAttr values, RankedTensorType type) {
  auto cut = [](const APInt &value) { return value.trunc(32); };
  if (auto dense = dyn_cast<DenseIntElementsAttr>(values))
    return dense.mapValues(type.getElementType(), cut);
  // The bounds have been read off it.
  auto resource = cast<DenseI64ResourceElementsAttr>(values);
  ArrayRef<int64_t> wide = *resource.tryGetAsArrayRef();
  std::vector<int32_t> narrow(wide.begin(), wide.end());
  // The blob manager makes the key unique if it is taken.
  DenseResourceElementsAttr small = DenseI32ResourceElementsAttr::get(
      type, (resource.getRawHandle().getKey() + "_i32").str(),
      HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<int32_t>(narrow),
                                                     /*dataIsMutable=*/false));
  return small;
}

class Narrower {
public:
  Narrower(func::FuncOp func, const Intervals &intervals)
      : func(func), intervals(intervals), symbols(symbolsAround(func)),
        i32(IntegerType::get(func.getContext(), 32)), i64(IntegerType::get(func.getContext(), 64)) {
    for (Symbol &symbol : symbols) // the runtime refuses larger sizes
      symbol.max = std::min<int64_t>(symbol.max, INT32_MAX);
  }

  void run() {
    SmallVector<Operation *> ops;
    for (Operation &op : func.getBody().front())
      ops.push_back(&op);
    for (Operation *op : ops)
      rewrite(op);
  }

private:
  bool fits(Value value) const {
    std::optional<Interval> interval = intervals.of(value);
    if (!interval)
      return false;
    NumberInterval numbers = plain(*interval, symbols);
    return numbers.low >= INT32_MIN && numbers.high <= INT32_MAX;
  }

  // The places that hold integers which must have the type of the result: an index, what is
  // compared and what is converted need not.
  static bool isBound(OpOperand &operand) {
    Operation *op = operand.getOwner();
    if (isa<GatherOp>(op))
      return operand.getOperandNumber() == 0;
    if (isa<IndexCopyOp, CheckIndicesOp>(op))
      return operand.getOperandNumber() != 1;
    return !isa<ConvertOp>(op);
  }

  void rewrite(Operation *op) {
    if (!isa_and_nonnull<GraphDialect>(op->getDialect())) {
      for (OpOperand &operand : op->getOpOperands()) // a return
        operand.set(wide(operand.get()));
      return;
    }
    bool narrow = llvm::all_of(op->getResults(),
                               [&](Value result) { return !isWide(result) || fits(result); });
    for (OpOperand &operand : op->getOpOperands())
      narrow &= !isBound(operand) || !isInteger(operand.get()) || fits(operand.get());
    for (OpOperand &operand : op->getOpOperands())
      if (isBound(operand) && isInteger(operand.get()))
        operand.set(narrow ? this->narrow(operand.get()) : wide(operand.get()));
    if (!narrow)
      return;
    for (Value result : op->getResults()) {
      if (!isWide(result))
        continue;
      if (auto constant = dyn_cast<ConstantOp>(op))
        constant.setValueAttr(narrowed(constant.getValue(), narrowType(result)));
      result.setType(narrowType(result));
      wasWide.insert(result);
    }
    if (auto convert = dyn_cast<ConvertOp>(op);
        convert && convert.getInput().getType() == convert.getType()) {
      wasWide.insert(convert.getInput());
      convert.replaceAllUsesWith(convert.getInput());
      convert.erase();
    }
  }

  // Whether it is one of those whose width is chosen here: PyTorch's own int32 is not.
  bool isInteger(Value value) const { return isWide(value) || wasWide.contains(value); }

  RankedTensorType narrowType(Value value) const { return tensorType(value).clone(i32); }

  Value wide(Value value) {
    return isWide(value) || !wasWide.contains(value) ? value : converted(value, i64);
  }
  Value narrow(Value value) { return isWide(value) ? converted(value, i32) : value; }

  // Behind what makes the value, once.
  Value converted(Value value, Type element) {
    Value &known = others[value];
    if (known)
      return known;
    OpBuilder b(func.getContext());
    b.setInsertionPointAfterValue(value);
    known = ConvertOp::create(b, value.getLoc(), tensorType(value).clone(element), value);
    return known;
  }

  func::FuncOp func;
  const Intervals &intervals;
  SmallVector<Symbol> symbols;
  Type i32, i64;
  DenseSet<Value> wasWide;
  DenseMap<Value, Value> others; // in the other width
};

// What the run checks of inputs that are indices, of all their elements.
Intervals::Bounds checkedInputs(ModuleOp module, func::FuncOp func) {
  Intervals::Bounds bounds;
  auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
  auto inputs = signature ? signature.getAs<ArrayAttr>("inputs") : ArrayAttr();
  if (!inputs || func.getName() != "forward" || inputs.size() > func.getNumArguments())
    return bounds;
  for (auto [entry, argument] : llvm::zip(inputs, func.getArguments())) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto ranges = fields ? fields.getAs<ArrayAttr>("ranges") : ArrayAttr();
    for (Attribute item : ranges ? ranges.getValue() : ArrayRef<Attribute>()) {
      auto range = dyn_cast<DenseI64ArrayAttr>(item);
      int64_t all = productOf(sizesOf(argument)).asNumber().value_or(-1);
      if (range && range.size() == 4 && range[0] == 0 && range[1] == all)
        bounds[argument] = Interval{range[2], range[3]};
    }
  }
  return bounds;
}

struct NarrowIntegersPass : impl::NarrowIntegersPassBase<NarrowIntegersPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal())
        Narrower(func, Intervals(func, checkedInputs(module, func))).run();
  }
};

} // namespace
} // namespace buddy::graph
