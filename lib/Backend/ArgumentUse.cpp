// Follows a memref through views and calls to the operations that access it.

#include "ArgumentUse.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"

using namespace mlir;
using namespace buddy::backend;

namespace {

bool isMemory(Value value) { return isa<BaseMemRefType>(value.getType()); }

class UseWalk {
public:
  ArgumentUse run(Value argument) {
    push(argument);
    ArgumentUse unknown;
    while (!pending.empty()) {
      for (OpOperand &use : pending.pop_back_val().getUses()) {
        ArgumentUse::Kind kind = visit(use);
        if (kind == ArgumentUse::Written)
          return {kind, use.getOwner()};
        if (kind == ArgumentUse::Unknown && !unknown.culprit)
          unknown = {kind, use.getOwner()};
      }
    }
    return unknown;
  }

private:
  void push(Value value) {
    if (seen.insert(value).second)
      pending.push_back(value);
  }

  // What this one use does; values that show the same memory are put on the list.
  ArgumentUse::Kind visit(OpOperand &use) {
    Operation *op = use.getOwner();
    if (auto call = dyn_cast<func::CallOp>(op))
      return visitCall(call, use.getOperandNumber());
    if (isa<memref::ExtractStridedMetadataOp>(op) ||
        (isa<ViewLikeOpInterface>(op) && use.getOperandNumber() == 0)) {
      for (Value result : op->getResults())
        if (isMemory(result))
          push(result);
      return ArgumentUse::ReadOnly;
    }
    if (isa<memref::DimOp>(op))
      return ArgumentUse::ReadOnly;
    // A prefetch is modelled as a write, and is none.
    if (op->getName().getStringRef().ends_with(".prefetch"))
      return ArgumentUse::ReadOnly;
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects || op->getNumRegions() != 0 || llvm::any_of(op->getResults(), isMemory))
      return ArgumentUse::Unknown;
    SmallVector<MemoryEffects::EffectInstance> found;
    effects.getEffectsOnValue(use.get(), found);
    bool reads = false;
    for (const MemoryEffects::EffectInstance &effect : found) {
      if (isa<MemoryEffects::Write, MemoryEffects::Free>(effect.getEffect()))
        return ArgumentUse::Written;
      reads |= isa<MemoryEffects::Read>(effect.getEffect());
    }
    // No effect on the value at all: it may leave through a terminator or as an integer.
    return reads ? ArgumentUse::ReadOnly : ArgumentUse::Unknown;
  }

  ArgumentUse::Kind visitCall(func::CallOp call, unsigned operand) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (!callee || callee.isExternal() || operand >= callee.getNumArguments())
      return ArgumentUse::Unknown;
    push(callee.getArgument(operand));
    return ArgumentUse::ReadOnly;
  }

  SmallVector<Value> pending;
  DenseSet<Value> seen;
};

} // namespace

ArgumentUse buddy::backend::findArgumentUse(Value argument) { return UseWalk().run(argument); }
