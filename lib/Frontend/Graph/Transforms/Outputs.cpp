// Adds to what @forward returns, and to what buddy.signature says of it.
#include "Outputs.h"
#include "buddy/Frontend/Graph/IR/State.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

void buddy::graph::addOutputs(func::FuncOp forward, ValueRange values,
                              ArrayRef<Attribute> described) {
  Builder b(forward.getContext());
  auto ret = cast<func::ReturnOp>(forward.getBody().front().getTerminator());
  SmallVector<std::pair<unsigned, int64_t>> states; // the argument and the number of its new value
  for (unsigned i = 0; i < forward.getNumArguments(); ++i)
    if (auto state = forward.getArgAttrOfType<IntegerAttr>(i, kStateAttr))
      states.push_back({i, state.getInt()});
  ret.getOperandsMutable().slice(ret.getNumOperands() - states.size(), 0).append(values);
  for (auto [argument, number] : states)
    forward.setArgAttr(argument, kStateAttr, b.getI64IntegerAttr(number + int64_t(values.size())));
  forward.setFunctionType(b.getFunctionType(forward.getArgumentTypes(), ret.getOperandTypes()));
  auto module = cast<ModuleOp>(forward->getParentOp());
  auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
  auto outputs = signature ? signature.getAs<ArrayAttr>("outputs") : ArrayAttr();
  if (!outputs)
    return;
  SmallVector<Attribute> all(outputs.getValue());
  llvm::append_range(all, described);
  NamedAttrList fields(signature);
  fields.set("outputs", b.getArrayAttr(all));
  module->setAttr("buddy.signature", fields.getDictionary(forward.getContext()));
}
