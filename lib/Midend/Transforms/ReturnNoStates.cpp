// States are changed where they lie; nobody needs them back.
#include "buddy/Frontend/Graph/IR/State.h"
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace buddy {
#define GEN_PASS_DEF_RETURNNOSTATESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct ReturnNoStates : buddy::impl::ReturnNoStatesPassBase<ReturnNoStates> {
  static Value behindCasts(Value value) {
    while (auto cast = value.getDefiningOp<memref::CastOp>())
      value = cast.getSource();
    return value;
  }

  // Result number -> the argument that it is. What a subgraph does not change in place is an
  // ordinary result of it; forward puts it where it belongs when all has been read.
  static llvm::DenseMap<unsigned, unsigned> findStates(func::FuncOp func) {
    llvm::DenseMap<unsigned, unsigned> states;
    auto ret = cast<func::ReturnOp>(func.getBody().back().getTerminator());
    OpBuilder b(ret);
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      auto state = func.getArgAttrOfType<IntegerAttr>(i, kStateAttr);
      if (!state)
        continue;
      Value result = behindCasts(ret.getOperand(state.getInt()));
      if (result != func.getArgument(i)) {
        if (func.getName() != "forward")
          continue;
        memref::CopyOp::create(b, ret.getLoc(), result, func.getArgument(i));
      }
      states[state.getInt()] = i;
    }
    return states;
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    // Callees first: what a call returns in its operand is that operand.
    SmallVector<func::FuncOp> functions;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && func.getName() != "forward")
        functions.push_back(func);
    if (auto forward = module.lookupSymbol<func::FuncOp>("forward"))
      if (!forward.isExternal())
        functions.push_back(forward);
    for (func::FuncOp func : functions)
      dropStates(func);
  }

  void dropStates(func::FuncOp func) {
    llvm::DenseMap<unsigned, unsigned> found = findStates(func);
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      func.removeArgAttr(i, kStateAttr);
    if (found.empty())
      return;
    llvm::BitVector erased(func.getNumResults());
    for (auto [result, argument] : found)
      erased.set(result);
    func.getBody().back().getTerminator()->eraseOperands(erased);
    (void)func.eraseResults(erased);
    SmallVector<func::CallOp> calls;
    getOperation().walk([&](func::CallOp call) {
      if (call.getCallee() == func.getName())
        calls.push_back(call);
    });
    for (func::CallOp call : calls) {
      OpBuilder b(call);
      auto shorter = func::CallOp::create(b, call.getLoc(), func, call.getOperands());
      unsigned next = 0;
      for (auto [i, result] : llvm::enumerate(call.getResults())) {
        auto state = found.find(i);
        result.replaceAllUsesWith(state == found.end() ? shorter.getResult(next++)
                                                       : call.getOperand(state->second));
      }
      call.erase();
    }
  }
};
} // namespace
