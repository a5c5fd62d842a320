// Which states stay, and where they are returned.
#include "States.h"
#include "buddy/Frontend/Graph/IR/State.h"

using namespace mlir;
using namespace buddy;

// What a state becomes in a run; null if the archive does not say.
static Value newValue(const SignatureValue &state, const Signature &signature,
                      const GraphImporter::Scope &scope) {
  auto declared = signature.declaredChanges.find(state.value);
  Value value = scope.lookup(declared == signature.declaredChanges.end() ? StringRef(state.value)
                                                                         : declared->second);
  return value && value.getType() == state.type ? value : Value();
}

static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

LogicalResult buddy::keepStates(OpBuilder &b, func::FuncOp forward, Signature &signature,
                                const GraphImporter::Scope &scope) {
  if (signature.states.empty())
    return success();
  // First all of them are returned, so that what changes one and depends on another is alive.
  Block &block = forward.getBody().front();
  auto ret = cast<func::ReturnOp>(block.getTerminator());
  unsigned numInputs = signature.inputs.size(), numOutputs = signature.outputs.size();
  for (const SignatureValue &state : signature.states) {
    Value value = newValue(state, signature, scope);
    if (!value)
      return emitError(UnknownLoc::get(b.getContext()))
             << "the new value of '" << state.name << "' is not computed by the program as it is "
             << "declared; the archive is damaged, export the model again";
    ret.getOperandsMutable().append(value);
  }
  eraseDeadOps(block);
  for (bool removed = true; removed;) {
    removed = false;
    for (size_t i = signature.states.size(); i-- > 0;) {
      if (!block.getArgument(numInputs + i).use_empty())
        continue;
      ret.getOperandsMutable().erase(numOutputs + i);
      (void)forward.eraseArgument(numInputs + i);
      signature.states.erase(signature.states.begin() + i);
      eraseDeadOps(block);
      removed = true;
    }
  }
  for (size_t i = 0; i < signature.states.size(); ++i)
    forward.setArgAttr(numInputs + i, kStateAttr, b.getI64IntegerAttr(numOutputs + i));
  forward.setFunctionType(b.getFunctionType(block.getArgumentTypes(), ret.getOperandTypes()));
  return success();
}
