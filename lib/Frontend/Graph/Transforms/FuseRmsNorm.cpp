// x * rsqrt(mean(x * x) + eps) * weight  ==>  graph.rms_norm
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSERMSNORMPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// The operands of a commutative op in both orders.
template <typename Op> SmallVector<std::pair<Value, Value>> bothOrders(Op op) {
  return {{op.getLhs(), op.getRhs()}, {op.getRhs(), op.getLhs()}};
}

// x, if `value` is the mean of x * x over the last dimension, which stays with size 1.
Value meanOfSquares(Value value) {
  Value squares;
  if (auto mean = value.getDefiningOp<MeanOp>()) {
    if (mean.getDims() != ArrayRef<int64_t>{tensorType(mean.getInput()).getRank() - 1})
      return {};
    squares = mean.getInput();
  } else if (Operation *op = value.getDefiningOp(); isa_and_nonnull<MulOp, DivOp>(op)) {
    // A sum times 1 / count, or over count.
    auto sum = op->getOperand(0).getDefiningOp<SumOp>();
    std::optional<double> factor = splatValue(op->getOperand(1));
    if (!sum || !factor || value.getType() != sum.getType() ||
        sum.getDims() != ArrayRef<int64_t>{tensorType(sum.getInput()).getRank() - 1})
      return {};
    std::optional<int64_t> size = sizesOf(sum.getInput()).back().asNumber();
    double count = size.value_or(0);
    if (!size || *factor != (isa<DivOp>(op) ? count : double(float(1.0 / count))))
      return {};
    squares = sum.getInput();
  } else {
    return {};
  }
  if (auto mul = squares.getDefiningOp<MulOp>())
    return mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
  auto pow = squares.getDefiningOp<PowOp>();
  return pow && splatValue(pow.getRhs()) == 2.0 && pow.getLhs().getType() == squares.getType()
             ? pow.getLhs()
             : Value();
}

// x and eps, if `value` is mean(x * x) + eps.
std::pair<Value, double> shiftedMean(Value value) {
  if (auto add = value.getDefiningOp<AddOp>())
    for (auto [mean, shift] : bothOrders(add))
      if (std::optional<double> eps = splatValue(shift);
          eps && *eps >= 0 && std::isfinite(*eps) && mean.getType() == value.getType())
        return {meanOfSquares(mean), *eps};
  return {meanOfSquares(value), 0};
}

// x and eps, if `value` is 1 / sqrt(mean(x * x) + eps), or with `root` that square root.
std::pair<Value, double> rootMeanSquare(Value value, bool root) {
  if (root) {
    auto sqrt = value.getDefiningOp<SqrtOp>();
    return sqrt ? shiftedMean(sqrt.getInput()) : std::pair<Value, double>();
  }
  if (auto rsqrt = value.getDefiningOp<RsqrtOp>())
    return shiftedMean(rsqrt.getInput());
  if (auto reciprocal = value.getDefiningOp<ReciprocalOp>())
    return rootMeanSquare(reciprocal.getInput(), true);
  if (auto div = value.getDefiningOp<DivOp>(); div && splatValue(div.getLhs()) == 1.0)
    return rootMeanSquare(div.getRhs(), true);
  if (auto pow = value.getDefiningOp<PowOp>(); pow && splatValue(pow.getRhs()) == -0.5)
    return shiftedMean(pow.getLhs());
  return {};
}

void replace(PatternRewriter &rewriter, Operation *op, Value x, double eps) {
  rewriter.replaceOpWithNewOp<RmsNormOp>(op, op->getResult(0).getType(), x, Value(),
                                         llvm::APFloat(eps));
}

struct FuseProduct : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    for (auto [x, factor] : bothOrders(op)) {
      auto [normed, eps] = rootMeanSquare(factor, /*root=*/false);
      if (!normed || normed != x || x.getType() != op.getType())
        continue;
      replace(rewriter, op, x, eps);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "not x / sqrt(mean(x * x) + eps) of one x");
  }
};

struct FuseQuotient : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    auto [x, eps] = rootMeanSquare(op.getRhs(), /*root=*/true);
    if (!x || x != op.getLhs() || x.getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "not x / sqrt(mean(x * x) + eps) of one x");
    replace(rewriter, op, x, eps);
    return success();
  }
};

// The tensor of one dimension [D] that stretches over all but the last dimension, or null.
Value asWeight(Value value, Size size) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<ReshapeOp, ExpandOp>(op))
      break;
    if (sizesOf(value).empty() || sizesOf(value).back() != size ||
        productOf(sizesOf(op->getOperand(0))) != size)
      break;
    value = op->getOperand(0);
  }
  return sizesOf(value) == ArrayRef<Size>{size} ? value : Value();
}

struct FuseWeight : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    for (auto [normed, factor] : bothOrders(op)) {
      auto norm = normed.getDefiningOp<RmsNormOp>();
      if (!norm || norm.getWeight() || !norm->hasOneUse() || normed.getType() != op.getType())
        continue;
      Value weight = asWeight(factor, sizesOf(normed).back());
      if (!weight)
        continue;
      rewriter.replaceOpWithNewOp<RmsNormOp>(op, op.getType(), norm.getInput(), weight,
                                             norm.getEps());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "not a norm times a weight of one dimension");
  }
};

struct FuseRmsNormPass : impl::FuseRmsNormPassBase<FuseRmsNormPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseProduct, FuseQuotient, FuseWeight>(&getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
