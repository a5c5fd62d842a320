// Multiply-adds of one rounding, whatever the code generator would choose.

#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace buddy::backend {
#define GEN_PASS_DEF_FUSEMULTIPLYADDSPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;

namespace {
struct FuseMultiplyAddsPass : buddy::backend::impl::FuseMultiplyAddsPassBase<FuseMultiplyAddsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<LLVM::FMulAddOp> ops;
    getOperation()->walk([&](LLVM::FMulAddOp op) { ops.push_back(op); });
    for (LLVM::FMulAddOp op : ops) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<LLVM::FMAOp>(op, op.getType(), op.getOperands());
    }
  }
};
} // namespace
