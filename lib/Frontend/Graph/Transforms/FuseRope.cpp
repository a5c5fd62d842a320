// x * cos + rotate_half(x) * sin  ==>  graph.rope
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSEROPEPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// x, if `value` is -x.
Value negated(Value value) {
  if (auto neg = value.getDefiningOp<NegOp>())
    return neg.getInput();
  if (auto mul = value.getDefiningOp<MulOp>())
    for (auto [x, factor] :
         {std::pair(mul.getLhs(), mul.getRhs()), std::pair(mul.getRhs(), mul.getLhs())})
      if (splatValue(factor) == -1.0 && x.getType() == value.getType())
        return x;
  return {};
}

// x, if `value` is x's last dimension from `start` to `end`.
Value slicedLast(Value value, int64_t start, int64_t end) {
  auto slice = value.getDefiningOp<SliceOp>();
  if (!slice || slice.getStep() != 1 || int64_t(slice.getStart()) != start ||
      int64_t(slice.getEnd()) != end ||
      int64_t(slice.getDim()) != tensorType(slice.getInput()).getRank() - 1)
    return {};
  return slice.getInput();
}

// x, if `value` is cat(-x[..., half:], x[..., :half]).
Value rotatedHalf(Value value) {
  auto cat = value.getDefiningOp<CatOp>();
  RankedTensorType type = tensorType(value);
  if (!cat || cat.getInputs().size() != 2 || int64_t(cat.getDim()) != type.getRank() - 1 ||
      type.getShape().back() % 2)
    return {};
  int64_t size = type.getShape().back(), half = size / 2;
  Value low = slicedLast(cat.getInputs()[1], 0, half);
  if (!low || low.getType() != type)
    return {};
  if (Value high = negated(cat.getInputs()[0]); high && slicedLast(high, half, size) == low)
    return low;
  // The negation may come before the cut.
  Value whole = slicedLast(cat.getInputs()[0], half, size);
  return whole && negated(whole) == low ? low : Value();
}

// What is multiplied with: an expand says nothing that broadcasting does not.
Value table(Value value) {
  while (auto expand = value.getDefiningOp<ExpandOp>())
    value = expand.getInput();
  return value;
}

struct FuseRope : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp add, PatternRewriter &rewriter) const override {
    for (auto [first, second] :
         {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())}) {
      auto straight = first.getDefiningOp<MulOp>(), rotated = second.getDefiningOp<MulOp>();
      if (!straight || !rotated)
        return rewriter.notifyMatchFailure(add, "not a sum of two products");
      for (auto [half, sin] : {std::pair(rotated.getLhs(), rotated.getRhs()),
                               std::pair(rotated.getRhs(), rotated.getLhs())}) {
        Value x = rotatedHalf(half);
        if (!x || x.getType() != add.getType())
          continue;
        Value cos = straight.getLhs() == x   ? straight.getRhs()
                    : straight.getRhs() == x ? straight.getLhs()
                                             : Value();
        if (!cos)
          continue;
        rewriter.replaceOpWithNewOp<RopeOp>(add, add.getType(), x, table(cos), table(sin));
        return success();
      }
    }
    return rewriter.notifyMatchFailure(add, "not x * cos + rotate_half(x) * sin of one x");
  }
};

struct FuseRopePass : impl::FuseRopePassBase<FuseRopePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseRope>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
