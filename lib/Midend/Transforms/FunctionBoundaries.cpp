// What a function may do with its arguments and results once they are memory.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy {
#define GEN_PASS_DEF_FUNCTIONBOUNDARIESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct FunctionBoundaries : buddy::impl::FunctionBoundariesPassBase<FunctionBoundaries> {
  // Bufferization would otherwise let an op write into its operand's memory, which is the user's.
  static void makeArgumentsReadOnly(func::FuncOp func) {
    Builder b(func.getContext());
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      if (isa<TensorType>(type))
        func.setArgAttr(i, bufferization::BufferizationDialect::kWritableAttrName,
                        b.getBoolAttr(false));
  }

  // Each result becomes memory of its own; upstream's hoisting erases a buffer that is returned
  // twice for the first result and uses it again for the second.
  static void copyRepeatedResults(func::FuncOp func) {
    auto ret = dyn_cast<func::ReturnOp>(func.getBody().back().getTerminator());
    if (!ret)
      return;
    OpBuilder b(ret);
    DenseSet<Value> seen;
    for (OpOperand &operand : ret->getOpOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand.get().getType());
      if (type && !seen.insert(operand.get()).second)
        operand.set(bufferization::AllocTensorOp::create(b, ret.getLoc(), type, ValueRange{},
                                                         operand.get()));
    }
  }

  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      makeArgumentsReadOnly(func);
      copyRepeatedResults(func);
    }
  }
};
} // namespace
