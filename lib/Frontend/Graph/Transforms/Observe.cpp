// Adds the values of operations to what @forward returns.
#include "Outputs.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Observed.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_OBSERVEPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// The number of the exported value that an op computes; 0 if there is none.
unsigned valueNumber(Location location) {
  if (auto named = dyn_cast<NameLoc>(location))
    return valueNumber(named.getChildLoc());
  auto line = dyn_cast<FileLineColLoc>(location);
  return line ? line.getColumn() : 0;
}

// Whether the op is more than a view of another value: that one's error is this one's. The parts of
// a wide linear are the values of those that it was made of.
bool isComputed(Operation &op, unsigned number) {
  if (isa<ParamOp, ConstantOp>(op) || op.getNumResults() != 1)
    return false;
  if (!isa<ReshapeOp, PermuteOp, ExpandOp, SliceOp>(op))
    return true;
  Operation *viewed = op.getOperand(0).getDefiningOp();
  if (!viewed || isa<ParamOp, ConstantOp>(viewed))
    return false;
  return valueNumber(viewed->getLoc()) == number || (isa<SliceOp>(op) && isa<LinearOp>(viewed));
}

struct ObservePass : impl::ObservePassBase<ObservePass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto names = module->getAttrOfType<ArrayAttr>(kValuesAttr);
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
    auto outputs = signature ? signature.getAs<ArrayAttr>("outputs") : ArrayAttr();
    if (!names || !forward || !forward.getBody().hasOneBlock() || !outputs) {
      module.emitError("there is nothing to observe: the module has no ")
          << kValuesAttr << ", no @forward of one block, or no outputs in buddy.signature";
      return signalPassFailure();
    }
    auto ret = cast<func::ReturnOp>(forward.getBody().front().getTerminator());
    // By number; of several the last, the others lead up to it.
    std::map<unsigned, Value> observed;
    for (Operation &op : forward.getBody().front()) {
      unsigned number = valueNumber(op.getLoc());
      if (!number || number > names.size() || !isComputed(op, number))
        continue;
      auto described = cast<DictionaryAttr>(names[number - 1]);
      auto type = described.getAs<TypeAttr>("type");
      Value value = op.getResult(0);
      // An op on the way to the value may have another type.
      if (type && value.getType() == type.getValue() &&
          cast<RankedTensorType>(value.getType()).getElementType().isF32())
        observed[number] = value;
    }
    Builder b(&getContext());
    SmallVector<Attribute> described;
    SmallVector<Value> values;
    for (auto [number, value] : observed) {
      if (llvm::is_contained(ret.getOperands(), value))
        continue;
      auto name = cast<DictionaryAttr>(names[number - 1]).getAs<StringAttr>("name");
      described.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("name", b.getStringAttr(kValuePrefix + name.getValue())),
           b.getNamedAttr("type", TypeAttr::get(value.getType()))}));
      values.push_back(value);
    }
    addOutputs(forward, values, described);
    module->removeAttr(kValuesAttr);
  }
};

} // namespace
} // namespace buddy::graph
