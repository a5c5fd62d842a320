// matmul(softmax(mask(scale(matmul(q, k^T)))), v)  ==>  graph.attention
#include "AttentionPatterns.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/MaskAnalysis.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {
namespace {

// One mask on the way from the product to the softmax.
struct MaskStep {
  enum Kind { Add, Subtract, Fill } kind;
  Value value; // what is added or subtracted; Fill: the condition
  double fill = 0;
  bool fillOnTrue = false;
  SmallVector<Size> lead = {}; // the leading sizes of the scores where it stands
};

// The way from softmax's input back to the product of q and k^T.
struct Scores {
  MatmulOp product;
  double scale = 1;
  std::optional<double> softcap;
  SmallVector<MaskStep> masks;
  SmallVector<SmallVector<Size>> leads; // all leading sizes on the way
};

// Whether `value` comes from a matrix product through what may stand between it and a softmax.
bool comesFromProduct(Value value, int steps = 32) {
  Operation *op = value.getDefiningOp();
  if (!op || steps == 0)
    return false;
  if (isa<MatmulOp>(op))
    return true;
  if (!isa<AddOp, SubOp, MulOp, DivOp, WhereOp, ReshapeOp, TanhOp>(op))
    return false;
  for (Value operand : op->getOperands())
    if ((operand.getType() == value.getType() || isa<ReshapeOp>(op)) &&
        comesFromProduct(operand, steps / 2))
      return true;
  return false;
}

SmallVector<Size> leadOf(Value value) { return SmallVector<Size>(sizesOf(value).drop_back(2)); }

// The factor of a product or quotient with a splat; the other operand in `rest`.
std::optional<double> splatFactor(Operation *op, Value &rest) {
  auto finite = [](std::optional<double> factor) -> std::optional<double> {
    return factor && std::isfinite(*factor) ? factor : std::nullopt;
  };
  Value result = op->getResult(0);
  if (auto mul = dyn_cast<MulOp>(op)) {
    for (auto [x, factor] :
         {std::pair(mul.getLhs(), mul.getRhs()), std::pair(mul.getRhs(), mul.getLhs())})
      if (x.getType() == result.getType())
        if (std::optional<double> splat = finite(splatValue(factor))) {
          rest = x;
          return splat;
        }
  } else if (auto div = dyn_cast<DivOp>(op); div && div.getLhs().getType() == result.getType()) {
    if (std::optional<double> splat = finite(splatValue(div.getRhs()))) {
      rest = div.getLhs();
      return finite(1.0 / *splat);
    }
  }
  return std::nullopt;
}

// Says why not through `why`.
std::optional<Scores> readScores(Value value, StringRef &why) {
  Scores scores;
  auto fail = [&](StringRef reason) {
    why = reason;
    return std::nullopt;
  };
  auto addMask = [&](MaskStep step, Value at) {
    if (scores.softcap)
      return false;
    step.lead = leadOf(at);
    scores.masks.push_back(step);
    return true;
  };
  for (;;) {
    Operation *op = value.getDefiningOp();
    if (!op || !value.hasOneUse())
      return fail("an intermediate of the scores has other users");
    if (tensorType(value).getRank() < 2)
      return fail("the scores have no two dimensions");
    scores.leads.push_back(leadOf(value));
    if (auto product = dyn_cast<MatmulOp>(op)) {
      scores.product = product;
      return scores;
    }
    Value rest;
    if (std::optional<double> factor = splatFactor(op, rest)) {
      scores.scale *= *factor;
      value = rest;
      continue;
    }
    if (auto tanh = dyn_cast<TanhOp>(op)) {
      // cap * tanh(x * scale): what has been multiplied so far is the cap.
      if (scores.softcap || !(scores.scale > 0))
        return fail("scores are capped twice, or by a negative number");
      scores.softcap = scores.scale;
      value = tanh.getInput();
      continue;
    }
    if (auto reshape = dyn_cast<ReshapeOp>(op)) {
      if (!sameTrailing(sizesOf(reshape.getInput()), sizesOf(value), 2))
        return fail("a reshape mixes queries and keys");
      value = reshape.getInput();
      continue;
    }
    if (isa<AddOp, SubOp>(op)) {
      if (scores.scale != 1)
        return fail("the mask is scaled too");
      Value lhs = op->getOperand(0), rhs = op->getOperand(1);
      bool isLeft = lhs.getType() == value.getType() && comesFromProduct(lhs);
      if (!isLeft && (isa<SubOp>(op) || rhs.getType() != value.getType() || !comesFromProduct(rhs)))
        return fail("no operand of a sum comes from a product");
      MaskStep step{isa<AddOp>(op) ? MaskStep::Add : MaskStep::Subtract, isLeft ? rhs : lhs};
      if (!addMask(step, value))
        return fail("a mask stands below a cap");
      value = isLeft ? lhs : rhs;
      continue;
    }
    if (auto where = dyn_cast<WhereOp>(op)) {
      bool fillOnTrue = splatValue(where.getOnTrue()).has_value();
      Value rest = fillOnTrue ? where.getOnFalse() : where.getOnTrue();
      std::optional<double> fill = splatValue(fillOnTrue ? where.getOnTrue() : where.getOnFalse());
      if (!fill || rest.getType() != value.getType())
        return fail("where has no branch of one value");
      if (scores.scale != 1 && !(scores.scale > 0 && *fill == -INFINITY))
        return fail("the fill is scaled too");
      if (!addMask({MaskStep::Fill, where.getCondition(), *fill, fillOnTrue}, value))
        return fail("a mask stands below a cap");
      value = rest;
      continue;
    }
    return fail("something else stands between the product and the softmax");
  }
}

// `value` without the splat factors on it, which are multiplied into `scale`; they may stand below
// views. Nothing is changed where an intermediate has other users.
Value withoutScale(OpBuilder &builder, Value value, double &scale) {
  SmallVector<Operation *> views;
  size_t outside = 0; // views above the innermost factor
  Value base = value, current = value;
  while (current.hasOneUse()) {
    Operation *op = current.getDefiningOp();
    Value rest;
    if (!op)
      break;
    if (isa<ReshapeOp, PermuteOp>(op)) {
      views.push_back(op);
      current = op->getOperand(0);
    } else if (std::optional<double> factor = splatFactor(op, rest)) {
      scale *= *factor;
      base = current = rest;
      outside = views.size();
    } else {
      break;
    }
  }
  for (Operation *view : llvm::reverse(ArrayRef(views).take_front(outside))) {
    Operation *clone = builder.clone(*view);
    clone->setOperand(0, base);
    base = clone->getResult(0);
  }
  return base;
}

struct FuseSpelledAttention : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op, PatternRewriter &rewriter) const override {
    Value weights = op.getLhs();
    SmallVector<SmallVector<Size>> leads{leadOf(weights)};
    while (auto reshape = weights.getDefiningOp<ReshapeOp>()) {
      if (!weights.hasOneUse() || !sameTrailing(sizesOf(reshape.getInput()), sizesOf(weights), 2))
        return rewriter.notifyMatchFailure(op, "a reshape mixes queries and keys");
      weights = reshape.getInput();
      leads.push_back(leadOf(weights));
    }
    auto softmax = weights.getDefiningOp<SoftmaxOp>();
    if (!softmax)
      return rewriter.notifyMatchFailure(op, "lhs is not a softmax");
    if (!weights.hasOneUse())
      return rewriter.notifyMatchFailure(op, "the attention weights have other users");
    if (int64_t(softmax.getDim()) != tensorType(weights).getRank() - 1)
      return rewriter.notifyMatchFailure(op, "softmax is not over the keys");
    if (leadOf(op.getResult()) != leadOf(op.getLhs()))
      return rewriter.notifyMatchFailure(op, "the weights are broadcast over the values");
    StringRef why;
    std::optional<Scores> scores = readScores(softmax.getInput(), why);
    if (!scores)
      return rewriter.notifyMatchFailure(op, why);
    leads.append(scores->leads);
    return rewrite(op, softmax, *scores, leads, rewriter);
  }

  LogicalResult rewrite(MatmulOp op, SoftmaxOp softmax, Scores &scores,
                        ArrayRef<SmallVector<Size>> leads, PatternRewriter &rewriter) const {
    Location loc = op.getLoc();
    ArrayRef<Size> shape = sizesOf(softmax.getInput());
    Size queries = shape[shape.size() - 2], keys = shape.back();

    // [B, H] is read off the first rank-4 form on the way; every form has the same product.
    SmallVector<Size> chosen = leadOf(softmax.getInput());
    if (chosen.size() != 2)
      for (const SmallVector<Size> &lead : leads)
        if (lead.size() == 2) {
          chosen = lead;
          break;
        }
    auto [batch, heads] = batchAndHeads(chosen);

    if (!numberOfSize(batch))
      return rewriter.notifyMatchFailure(op, "the batch is of too many open sizes");
    if (isOpen({heads, sizesOf(scores.product.getLhs()).back(), sizesOf(op.getRhs()).back()}))
      return rewriter.notifyMatchFailure(op, "heads of a dynamic number or size");

    MaskAnalysis masks(queries, keys);
    bool hasFiniteFill = false, differ = false;
    for (const MaskStep &step : scores.masks) {
      hasFiniteFill |= step.kind == MaskStep::Fill && std::isfinite(step.fill);
      differ |= step.lead != scores.masks.front().lead;
    }
    SmallVector<Size> maskLead =
        scores.masks.empty() ? SmallVector<Size>() : scores.masks.front().lead;
    // Masks at scores of different ranks are put together at [B, H].
    if (differ) {
      if (hasFiniteFill) // it might not resolve: create nothing
        return rewriter.notifyMatchFailure(op, "a finite fill beside a mask of another rank");
      for (MaskStep &step : scores.masks)
        step.value = maskToRank4(rewriter, loc, step.value, step.lead, batch, heads);
      maskLead = {batch, heads};
    }
    for (const MaskStep &step : scores.masks) {
      if (step.kind == MaskStep::Fill) {
        masks.addFill(step.value, step.fill, step.fillOnTrue);
      } else if (step.kind == MaskStep::Add) {
        masks.addBias(step.value);
      } else if (hasFiniteFill) { // it might not resolve: create nothing
        return rewriter.notifyMatchFailure(op, "a finite fill beside another mask");
      } else {
        masks.addBias(NegOp::create(rewriter, loc, step.value.getType(), step.value));
      }
    }
    if (!masks.resolve())
      return rewriter.notifyMatchFailure(
          op, "filling scores with a finite number is neither exclusion nor addition");

    double scale = scores.scale;
    Value query = withoutScale(rewriter, scores.product.getLhs(), scale);
    Value key = withoutScale(rewriter, scores.product.getRhs(), scale);
    if (!std::isfinite(scale)) // products of finite factors can overflow: take none off
      query = scores.product.getLhs(), key = scores.product.getRhs(), scale = scores.scale;
    key = swapLastTwo(rewriter, loc, key);

    // Keys and values that broadcast over the heads stay one head.
    SmallVector<Size> frame = leadOf(scores.product), valueFrame = leadOf(op.getResult());
    auto sharesHeads = [&](Value value, ArrayRef<Size> lead) {
      SmallVector<Size> own = leadOf(value);
      return !lead.empty() && lead.back() == heads && (own.empty() || own.back() == 1);
    };
    bool shared = heads != 1 && sharesHeads(key, frame) && sharesHeads(op.getRhs(), valueFrame);
    auto toRank4 = [&, batch = batch, heads = heads](Value value, SmallVector<Size> lead,
                                                     bool oneHead) {
      if (oneHead)
        lead.back() = 1;
      ArrayRef<Size> last = sizesOf(value).take_back(2);
      Size rows = last[0], columns = last[1];
      lead.append({rows, columns});
      Value full = expandTo(rewriter, loc, value, lead);
      return reshapeTo(rewriter, loc, full, {batch, oneHead ? Size(1) : heads, rows, columns});
    };
    query = toRank4(query, frame, false);
    key = toRank4(key, frame, shared);
    Value value = toRank4(op.getRhs(), valueFrame, shared);

    Value keep = masks.keep(rewriter, loc), bias = masks.bias(rewriter, loc);
    if (keep)
      keep = maskToRank4(rewriter, loc, keep, maskLead, batch, heads);
    if (bias)
      bias = maskToRank4(rewriter, loc, bias, maskLead, batch, heads);
    RankedTensorType type = tensorType(op.getResult());
    Value fused = AttentionOp::create(
        rewriter, loc,
        tensorOf({batch, heads, queries, sizesOf(type).back()}, type.getElementType()), query, key,
        value, keep, bias, llvm::APFloat(scale), masks.causal, masks.emptyRows(),
        masks.windowAttr(rewriter),
        scores.softcap ? rewriter.getF64FloatAttr(*scores.softcap) : FloatAttr());
    rewriter.replaceOp(op, reshapeTo(rewriter, loc, fused, sizesOf(type)));
    return success();
  }
};

} // namespace

void populateSpelledAttentionPatterns(RewritePatternSet &patterns) {
  patterns.add<FuseSpelledAttention>(patterns.getContext());
}

} // namespace buddy::graph
