// memref.copy that is no single memcpy becomes a loop nest.

#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"

namespace buddy::backend {
#define GEN_PASS_DEF_EXPANDSTRIDEDCOPYPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;

namespace {

// The condition under which finalize-memref-to-llvm makes a memcpy.
bool isOneRun(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type &&
         (type.getLayout().isIdentity() || (type.hasStaticShape() && type.getNumElements() > 0 &&
                                            memref::isStaticShapeAndContiguousRowMajor(type)));
}

struct ExpandStridedCopyPass
    : buddy::backend::impl::ExpandStridedCopyPassBase<ExpandStridedCopyPass> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    IRRewriter rewriter(&getContext());
    for (memref::CopyOp copy : copies) {
      if (copy.getSource() == copy.getTarget()) {
        rewriter.eraseOp(copy);
        continue;
      }
      if (isOneRun(copy.getSource()) && isOneRun(copy.getTarget()))
        continue;
      auto source = dyn_cast<MemRefType>(copy.getSource().getType());
      auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
      if (!source || !target) {
        copy.emitError("cannot be expanded to loops: the source and the target must be ranked "
                       "memrefs");
        return signalPassFailure();
      }
      expand(copy, rewriter);
    }
  }

  static void expand(memref::CopyOp copy, IRRewriter &rewriter) {
    Location loc = copy.getLoc();
    rewriter.setInsertionPoint(copy);
    SmallVector<Value> sizes = getValueOrCreateConstantIndexOp(
        rewriter, loc, memref::getMixedSizes(rewriter, loc, copy.getSource()));
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    SmallVector<Value> from(sizes.size(), zero), step(sizes.size(), one);
    scf::buildLoopNest(rewriter, loc, from, sizes, step,
                       [&](OpBuilder &builder, Location loc, ValueRange at) {
                         Value element = memref::LoadOp::create(builder, loc, copy.getSource(), at);
                         memref::StoreOp::create(builder, loc, element, copy.getTarget(), at);
                       });
    rewriter.eraseOp(copy);
  }
};

} // namespace
