// What is left in linalg -> affine loops; copies between differently laid out buffers too.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace buddy {
#define GEN_PASS_DEF_LOWERLEFTOVERSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// What bodies compute of their indices becomes plain arithmetic: tiling adds offsets as symbols of
// an affine map, and the index of an affine loop is no symbol.
static void expandIndexArithmetic(RewriterBase &rewriter, linalg::LinalgOp op) {
  SmallVector<affine::AffineApplyOp> applies;
  op->walk([&](affine::AffineApplyOp apply) { applies.push_back(apply); });
  for (affine::AffineApplyOp apply : applies) {
    rewriter.setInsertionPoint(apply);
    AffineMap map = apply.getAffineMap();
    rewriter.replaceOp(apply,
                       affine::expandAffineExpr(rewriter, apply.getLoc(), map.getResult(0),
                                                apply.getDimOperands(), apply.getSymbolOperands()));
  }
}

namespace {
struct LowerLeftovers : buddy::impl::LowerLeftoversPassBase<LowerLeftovers> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    for (memref::CopyOp copy : copies) {
      if (copy.getSource() == copy.getTarget()) {
        rewriter.eraseOp(copy);
        continue;
      }
      auto source = dyn_cast<MemRefType>(copy.getSource().getType());
      auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
      if (!source || !target)
        continue;
      // Contiguous on both sides is a memcpy; anything else would call a slow library function.
      if (source.getLayout().isIdentity() && target.getLayout().isIdentity())
        continue;
      rewriter.setInsertionPoint(copy);
      AffineMap identity = rewriter.getMultiDimIdentityMap(source.getRank());
      SmallVector<utils::IteratorType> iterators(source.getRank(), utils::IteratorType::parallel);
      linalg::GenericOp::create(rewriter, copy.getLoc(), ValueRange{copy.getSource()},
                                ValueRange{copy.getTarget()},
                                ArrayRef<AffineMap>{identity, identity}, iterators,
                                [](OpBuilder &b, Location l, ValueRange args) {
                                  linalg::YieldOp::create(b, l, args[0]);
                                });
      rewriter.eraseOp(copy);
    }
    SmallVector<linalg::LinalgOp> rest;
    getOperation().walk([&](linalg::LinalgOp op) { rest.push_back(op); });
    for (linalg::LinalgOp op : rest) {
      expandIndexArithmetic(rewriter, op);
      rewriter.setInsertionPoint(op);
      // Checked here: upstream takes for granted that what it stores into is memory.
      if (!op.hasPureBufferSemantics() || failed(linalg::linalgOpToAffineLoops(rewriter, op))) {
        op->emitError("cannot be written as affine loops");
        return signalPassFailure();
      }
      rewriter.eraseOp(op);
    }
  }
};
} // namespace
