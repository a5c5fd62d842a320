// graph.sdpa  ==>  graph.attention, and key/value repetitions taken off; the pass.
#include "AttentionPatterns.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/MaskAnalysis.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSEATTENTIONPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

std::pair<Size, Size> batchAndHeads(ArrayRef<Size> lead) {
  if (lead.empty())
    return {1, 1};
  return {productOf(lead.drop_back()), lead.back()};
}

Value maskToRank4(OpBuilder &builder, Location loc, Value mask, ArrayRef<Size> lead, Size batch,
                  Size heads) {
  SmallVector<Size> shape(sizesOf(mask));
  // Missing leading dimensions stretch: they are ones, here up to the scores' rank.
  if (shape.size() < lead.size() + 2)
    shape.insert(shape.begin(), lead.size() + 2 - shape.size(), 1);
  ArrayRef<Size> own = ArrayRef<Size>(shape).drop_back(2),
                 last = ArrayRef<Size>(shape).take_back(2);
  if (llvm::all_of(own, [](Size size) { return size == 1; }))
    return reshapeTo(builder, loc, mask, {1, 1, last[0], last[1]});
  mask = reshapeTo(builder, loc, mask, shape);
  if (lead.size() == 2 && lead[0] == batch && lead[1] == heads)
    return mask;
  SmallVector<Size> full(lead), folded{batch, heads};
  if (lead.back() == heads) {
    // The heads stay as they are, stretched or not; so do the sizes before them if all stretch.
    full.back() = folded[1] = own.back();
    if (llvm::all_of(own.drop_back(), [](Size size) { return size == 1; })) {
      std::fill(full.begin(), full.end() - 1, Size(1));
      folded[0] = 1;
    }
  }
  full.append(last.begin(), last.end());
  folded.append(last.begin(), last.end());
  return reshapeTo(builder, loc, expandTo(builder, loc, mask, full), folded);
}

namespace {

struct FuseSdpa : OpRewritePattern<SdpaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SdpaOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType query = tensorType(op.getQuery()), key = tensorType(op.getKey());
    std::optional<int64_t> depth = sizesOf(query).back().asNumber();
    if (!depth)
      return rewriter.notifyMatchFailure(op, "the size of the heads is open");
    double scale = op.getScale() ? op.getScale()->convertToDouble() : 1.0 / std::sqrt(*depth);
    if (!std::isfinite(scale))
      return rewriter.notifyMatchFailure(op, "the scale is not finite");
    int64_t rank = query.getRank();
    Size queries = sizesOf(query)[rank - 2], keys = sizesOf(key)[rank - 2];
    ArrayRef<Size> lead = sizesOf(query).drop_back(2);
    auto [batch, heads] = batchAndHeads(lead);
    if (!numberOfSize(batch))
      return rewriter.notifyMatchFailure(op, "the batch is of too many open sizes");

    MaskAnalysis masks(queries, keys);
    if (op.getIsCausal())
      masks.addCausal();
    if (Value mask = op.getMask()) {
      if (tensorType(mask).getElementType().isInteger(1))
        masks.addKeep(mask);
      else
        masks.addBias(mask);
    }
    if (!masks.resolve())
      return rewriter.notifyMatchFailure(op, "the mask is not understood");

    auto toRank4 = [&](Value value) {
      ArrayRef<Size> shape = sizesOf(value);
      auto [b, h] = batchAndHeads(shape.drop_back(2));
      return reshapeTo(rewriter, loc, value, {b, h, shape[rank - 2], shape[rank - 1]});
    };
    Value keep = masks.keep(rewriter, loc), bias = masks.bias(rewriter, loc);
    if (keep)
      keep = maskToRank4(rewriter, loc, keep, lead, batch, heads);
    if (bias)
      bias = maskToRank4(rewriter, loc, bias, lead, batch, heads);
    RankedTensorType type = tensorType(op.getResult());
    Value fused = AttentionOp::create(
        rewriter, loc,
        tensorOf({batch, heads, queries, sizesOf(type).back()}, type.getElementType()),
        toRank4(op.getQuery()), toRank4(op.getKey()), toRank4(op.getValue()), keep, bias,
        llvm::APFloat(scale), masks.causal, masks.emptyRowsAreMean ? "mean" : "zero",
        masks.windowAttr(rewriter), FloatAttr());
    rewriter.replaceOp(op, reshapeTo(rewriter, loc, fused, sizesOf(type)));
    return success();
  }
};

// x [B, H, S, D] and R, if `value` [B, H * R, S, D] is x with each head R times in a row:
// reshape(expand(x [B, H, 1, S, D] to [B, H, R, S, D])).
std::pair<Value, Size> repeatedHeads(Value value) {
  auto join = value.getDefiningOp<ReshapeOp>();
  auto expand = join ? join.getInput().getDefiningOp<ExpandOp>() : ExpandOp();
  if (!expand)
    return {};
  ArrayRef<Size> from = sizesOf(expand.getInput()), to = sizesOf(expand.getResult()),
                 out = sizesOf(value);
  if (from.size() != 5 || to.size() != 5 || from[2] != 1 || from[0] != to[0] || from[1] != to[1] ||
      from[3] != to[3] || from[4] != to[4] ||
      out != ArrayRef<Size>{to[0], to[1] * to[2], to[3], to[4]})
    return {};
  return {expand.getInput(), to[2]};
}

struct GroupHeads : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter &rewriter) const override {
    auto [key, keyTimes] = repeatedHeads(op.getKey());
    auto [value, valueTimes] = repeatedHeads(op.getValue());
    if (!key || !value || keyTimes != valueTimes)
      return rewriter.notifyMatchFailure(op, "keys and values are not repeated alike");
    auto withoutRepeat = [&](Value x) {
      ArrayRef<Size> s = sizesOf(x); // [B, H, 1, S, D]
      return reshapeTo(rewriter, op.getLoc(), x, {s[0], s[1], s[3], s[4]});
    };
    Value k = withoutRepeat(key), v = withoutRepeat(value);
    rewriter.modifyOpInPlace(op, [&] {
      op.getKeyMutable().assign(k);
      op.getValueMutable().assign(v);
    });
    return success();
  }
};

struct FuseAttentionPass : impl::FuseAttentionPassBase<FuseAttentionPass> {
  void runOnOperation() override {
    // Masks are read by their sizes; the contract reports what is not static, with its line.
    WalkResult isStatic = getOperation()->walk([](Operation *op) {
      return llvm::all_of(op->getResultTypes(),
                          [](Type type) {
                            auto tensor = dyn_cast<RankedTensorType>(type);
                            return !tensor || tensor.hasStaticShape();
                          })
                 ? WalkResult::advance()
                 : WalkResult::interrupt();
    });
    if (isStatic.wasInterrupted())
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseSdpa, GroupHeads>(&getContext());
    populateSoftmaxPatterns(patterns);
    populateSpelledAttentionPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
