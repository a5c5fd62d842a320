// What is left in linalg -> affine loops; copies between differently laid out buffers too.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
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
