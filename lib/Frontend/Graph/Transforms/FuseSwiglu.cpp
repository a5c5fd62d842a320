// gate * sigmoid(gate) * up  ==>  graph.swiglu
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSESWIGLUPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// x, if `value` is x sigmoid(x).
Value silu(Value value) {
  auto mul = value.getDefiningOp<MulOp>();
  if (!mul)
    return {};
  for (auto [x, factor] :
       {std::pair(mul.getLhs(), mul.getRhs()), std::pair(mul.getRhs(), mul.getLhs())})
    if (auto sigmoid = factor.getDefiningOp<SigmoidOp>(); sigmoid && sigmoid.getInput() == x)
      return x;
  return {};
}

struct FuseSwiglu : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    for (auto [active, up] :
         {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      Value gate = silu(active);
      if (!gate || !active.hasOneUse() || up == active)
        continue;
      if (gate.getType() != op.getType() || up.getType() != op.getType())
        return rewriter.notifyMatchFailure(op, "gate and up have different shapes");
      rewriter.replaceOpWithNewOp<SwigluOp>(op, op.getType(), gate, up);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is x sigmoid(x) for this product alone");
  }
};

struct FuseSwigluPass : impl::FuseSwigluPassBase<FuseSwigluPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseSwiglu>(&getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
