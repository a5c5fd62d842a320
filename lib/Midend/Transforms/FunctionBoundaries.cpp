// What a function may do with its arguments and results once they are memory.
#include "buddy/Frontend/Graph/IR/State.h"
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

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
                        b.getBoolAttr(func.getArgAttr(i, kStateAttr) != nullptr));
  }

  // The state that `value` is, or is a view of; null if none.
  static BlockArgument stateOf(func::FuncOp func, Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ExtractSliceOp,
               tensor::CastOp>(op))
        return {};
      value = op->getOperand(0);
    }
    auto argument = cast<BlockArgument>(value);
    bool isState = argument.getOwner() == &func.getBody().front() &&
                   func.getArgAttr(argument.getArgNumber(), kStateAttr);
    return isState ? argument : BlockArgument();
  }

  // A result that is what a state was before must outlive the state's change.
  static LogicalResult copyOldStates(func::FuncOp func) {
    auto ret = dyn_cast<func::ReturnOp>(func.getBody().back().getTerminator());
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto state = func.getArgAttrOfType<IntegerAttr>(i, kStateAttr);
      if (state && (!ret || state.getInt() < 0 || state.getInt() >= ret.getNumOperands() ||
                    ret.getOperand(state.getInt()).getType() != func.getArgument(i).getType()))
        return func.emitError("argument ")
               << i << " is a state, but its buddy.state is not the number of a result of its type";
    }
    if (!ret)
      return success();
    OpBuilder b(ret);
    for (OpOperand &operand : ret->getOpOperands()) {
      BlockArgument state = stateOf(func, operand.get());
      if (!state)
        continue;
      auto number = func.getArgAttrOfType<IntegerAttr>(state.getArgNumber(), kStateAttr);
      bool isUnchanged = number.getInt() == operand.getOperandNumber() && operand.get() == state;
      if (!isUnchanged)
        operand.set(bufferization::AllocTensorOp::create(
            b, ret.getLoc(), cast<RankedTensorType>(operand.get().getType()), ValueRange{},
            operand.get()));
    }
    return success();
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
      if (failed(copyOldStates(func)))
        return signalPassFailure();
      copyRepeatedResults(func);
    }
  }
};
} // namespace
