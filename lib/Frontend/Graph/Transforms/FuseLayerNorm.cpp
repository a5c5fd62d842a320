// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) weight + bias  ==>  graph.layer_norm
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/PatternMatch.h"
#include <numeric>

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSELAYERNORMPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// Through reshapes that change unit dimensions only, and expands: what broadcasting makes anyway.
Value throughBroadcast(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    auto reshape = dyn_cast<ReshapeOp>(op);
    bool isView = isa<ExpandOp>(op) ||
                  (reshape && matchUnitDims(sizesOf(reshape.getInput()), sizesOf(value)));
    if (!isView)
      return value;
    value = op->getOperand(0);
  }
  return value;
}

// The mean whose broadcast `value` is, along the last `dims` dimensions of `full`; null if none is.
MeanOp meanOf(Value value, RankedTensorType full, int64_t &dims) {
  // The mean's own shape, with its dimensions kept, must be what is broadcast.
  ArrayRef<Size> shape = sizesOf(value);
  auto mean = throughBroadcast(value).getDefiningOp<MeanOp>();
  if (!mean || tensorType(mean.getInput()) != full)
    return {};
  int64_t count = mean.getDims().size(), rank = full.getRank();
  SmallVector<int64_t> sorted(mean.getDims());
  llvm::sort(sorted);
  for (int64_t i = 0; i < count; ++i)
    if (sorted[i] != rank - count + i)
      return {};
  SmallVector<Size> kept(sizesOf(full));
  for (int64_t dim : sorted)
    kept[dim] = 1;
  if (shape != ArrayRef<Size>(kept) && shape != sizesOf(full))
    return {};
  dims = count;
  return mean;
}

// The value and the number of value + number.
std::pair<Value, std::optional<double>> plusNumber(Value value) {
  if (auto add = value.getDefiningOp<AddOp>())
    for (auto [term, number] :
         {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())})
      if (std::optional<double> constant = splatValue(number);
          constant && term.getType() == value.getType())
        return {term, constant};
  return {};
}

// y, if `value` is 1 / sqrt(y) or, as a divisor, sqrt(y).
Value underRoot(Value value, bool isDivisor) {
  if (isDivisor) {
    auto sqrt = value.getDefiningOp<SqrtOp>();
    return sqrt ? sqrt.getInput() : Value();
  }
  if (auto rsqrt = value.getDefiningOp<RsqrtOp>())
    return rsqrt.getInput();
  auto reciprocal = value.getDefiningOp<ReciprocalOp>();
  auto sqrt = reciprocal ? reciprocal.getInput().getDefiningOp<SqrtOp>() : SqrtOp();
  return sqrt ? sqrt.getInput() : Value();
}

// centred times scale -> layer_norm without weight and bias.
LogicalResult normalize(Operation *op, Value centred, Value scale, bool isDivisor,
                        PatternRewriter &rewriter) {
  auto sub = centred.getDefiningOp<SubOp>();
  if (!sub || centred.getType() != op->getResult(0).getType())
    return failure();
  Value x = sub.getLhs();
  RankedTensorType type = tensorType(x);
  if (type != centred.getType())
    return failure();
  int64_t dims = 0, varianceDims = 0;
  MeanOp mean = meanOf(sub.getRhs(), type, dims);
  if (!mean || mean.getInput() != x)
    return failure();
  while (auto expand = scale.getDefiningOp<ExpandOp>())
    scale = expand.getInput();
  Value root = underRoot(scale, isDivisor);
  auto [variance, epsilon] = root ? plusNumber(root) : std::pair<Value, std::optional<double>>();
  if (!variance || !(*epsilon >= 0))
    return failure();
  MeanOp squares = meanOf(variance, type, varianceDims);
  auto square = squares ? squares.getInput().getDefiningOp<MulOp>() : MulOp();
  if (!square || square.getLhs() != centred || square.getRhs() != centred || varianceDims != dims)
    return failure();
  // As it was written: a second mean would be off by the rounding of what the first one left, and
  // the mean of whole numbers has no such error.
  rewriter.replaceOpWithNewOp<LayerNormOp>(
      op, type, x, Value(), Value(), rewriter.getI64IntegerAttr(dims),
      rewriter.getF64FloatAttr(*epsilon), rewriter.getUnitAttr());
  return success();
}

struct NormalizeByProduct : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    for (auto [centred, scale] :
         {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())})
      if (succeeded(normalize(op, centred, scale, /*isDivisor=*/false, rewriter)))
        return success();
    return rewriter.notifyMatchFailure(op, "not (x - mean) / sqrt(variance + number)");
  }
};

struct NormalizeByQuotient : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    if (succeeded(normalize(op, op.getLhs(), op.getRhs(), /*isDivisor=*/true, rewriter)))
      return success();
    return rewriter.notifyMatchFailure(op, "not (x - mean) / sqrt(variance + number)");
  }
};

// A factor, then a summand, of the shape that was normalized, belong to the op that nobody else
// reads.
template <typename Op> struct AddFactor : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    constexpr bool isWeight = std::is_same_v<Op, MulOp>;
    for (auto [normalized, factor] :
         {std::pair(op.getLhs(), op.getRhs()), std::pair(op.getRhs(), op.getLhs())}) {
      auto norm = normalized.template getDefiningOp<LayerNormOp>();
      if (!norm || !norm->hasOneUse() || norm.getBias() || (isWeight && norm.getWeight()))
        continue;
      RankedTensorType type = tensorType(norm.getInput());
      if (tensorType(factor).getElementType() != type.getElementType() ||
          sizesOf(factor) != sizesOf(type).take_back(norm.getDims()) || op.getType() != type)
        continue;
      rewriter.replaceOpWithNewOp<LayerNormOp>(op, type, norm.getInput(),
                                               isWeight ? factor : norm.getWeight(),
                                               isWeight ? Value() : factor, norm.getDimsAttr(),
                                               norm.getEpsilonAttr(), norm.getCentredOnceAttr());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "not weight or bias of a layer_norm");
  }
};

struct FuseLayerNormPass : impl::FuseLayerNormPassBase<FuseLayerNormPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NormalizeByProduct, NormalizeByQuotient, AddFactor<MulOp>, AddFactor<AddOp>>(
        &getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
