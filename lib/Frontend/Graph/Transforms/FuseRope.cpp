// x * cos + rotate(x) * sin  ==>  graph.rope
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/PatternMatch.h"

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
Value slicedLast(Value value, Size start, Size end) {
  auto slice = value.getDefiningOp<SliceOp>();
  if (!slice || slice.getStep() != 1 || slice.getStart() != start || slice.getEnd() != end ||
      int64_t(slice.getDim()) != tensorType(slice.getInput()).getRank() - 1)
    return {};
  return slice.getInput();
}

// x, if `value` is cat(-x[..., half:], x[..., :half]).
Value rotatedHalf(Value value) {
  auto cat = value.getDefiningOp<CatOp>();
  RankedTensorType type = tensorType(value);
  if (!cat || cat.getInputs().size() != 2 || int64_t(cat.getDim()) != type.getRank() - 1 ||
      mod(sizesOf(type).back(), 2) != 0)
    return {};
  Size size = sizesOf(type).back(), half = floorDiv(size, 2);
  Value low = slicedLast(cat.getInputs()[1], 0, half);
  if (!low || low.getType() != type)
    return {};
  if (Value high = negated(cat.getInputs()[0]); high && slicedLast(high, half, size) == low)
    return low;
  // The negation may come before the cut.
  Value whole = slicedLast(cat.getInputs()[0], half, size);
  return whole && negated(whole) == low ? low : Value();
}

// x, if `value` is the elements `which` (0 or 1) of the pairs in x's last dimension: x[...,
// which::2], or a slice of x as pairs.
Value ofPairs(Value value, int64_t which) {
  auto fits = [&](Value x) {
    ArrayRef<Size> from = sizesOf(x), to = sizesOf(value);
    return !from.empty() && from.size() == to.size() && from.back() == to.back() * 2 &&
           from.drop_back() == to.drop_back();
  };
  if (auto slice = value.getDefiningOp<SliceOp>()) {
    bool isEverySecond = slice.getStep() == 2 && slice.getStart() == which &&
                         int64_t(slice.getDim()) == tensorType(value).getRank() - 1;
    return isEverySecond && fits(slice.getInput()) ? slice.getInput() : Value();
  }
  auto drop = value.getDefiningOp<ReshapeOp>();
  Value pairs = drop ? slicedLast(drop.getInput(), which, which + 1) : Value();
  auto split = pairs ? pairs.getDefiningOp<ReshapeOp>() : ReshapeOp();
  SmallVector<Size> shape(sizesOf(value));
  shape.push_back(2);
  bool isPairs = split && sizesOf(pairs) == ArrayRef<Size>(shape);
  return isPairs && fits(split.getInput()) ? split.getInput() : Value();
}

// x, if `value` is stack((-x[..., 1::2], x[..., ::2]), -1) flattened to x's shape.
Value rotatedPairs(Value value) {
  auto flat = value.getDefiningOp<ReshapeOp>();
  auto stack = flat ? flat.getInput().getDefiningOp<CatOp>() : CatOp();
  if (!stack || stack.getInputs().size() != 2)
    return {};
  SmallVector<Size> single(sizesOf(value));
  if (single.empty() || int64_t(stack.getDim()) != int64_t(single.size()))
    return {};
  single.back() = floorDiv(single.back(), 2);
  auto unstacked = [&](Value part) -> Value {
    auto reshape = part.getDefiningOp<ReshapeOp>();
    bool isUnsqueeze = reshape && sizesOf(reshape.getInput()) == ArrayRef<Size>(single) &&
                       sizesOf(part).back() == 1 &&
                       sizesOf(part).drop_back() == ArrayRef<Size>(single);
    return isUnsqueeze ? reshape.getInput() : Value();
  };
  Value first = unstacked(stack.getInputs()[0]), second = unstacked(stack.getInputs()[1]);
  Value even = second ? ofPairs(second, 0) : Value();
  if (!first || !even || even.getType() != value.getType())
    return {};
  if (Value odd = negated(first); odd && ofPairs(odd, 1) == even)
    return even;
  // The negation may come before the cut.
  Value whole = ofPairs(first, 1);
  return whole && negated(whole) == even ? even : Value();
}

// What is multiplied with: an expand says nothing that broadcasting does not.
Value table(Value value) {
  // Of one column it would be a table no more.
  while (auto expand = value.getDefiningOp<ExpandOp>()) {
    ArrayRef<Size> from = sizesOf(expand.getInput());
    if (from.empty() || from.back() != sizesOf(value).back())
      break;
    value = expand.getInput();
  }
  return value;
}

bool hasColumns(Value table, Size columns) {
  ArrayRef<Size> shape = sizesOf(table);
  return !shape.empty() && shape.back() == columns;
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
        bool isInterleaved = !x && (x = rotatedPairs(half));
        if (!x || x.getType() != add.getType())
          continue;
        Value cos = straight.getLhs() == x   ? straight.getRhs()
                    : straight.getRhs() == x ? straight.getLhs()
                                             : Value();
        Size columns = sizesOf(add.getType()).back();
        if (!cos || !hasColumns(cos, columns) || !hasColumns(sin, columns))
          continue;
        rewriter.replaceOpWithNewOp<RopeOp>(add, add.getType(), x, table(cos), table(sin),
                                            isInterleaved);
        return success();
      }
    }
    return rewriter.notifyMatchFailure(add, "not x * cos + rotate(x) * sin of one x");
  }
};

struct FuseRopePass : impl::FuseRopePassBase<FuseRopePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseRope>(&getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
