// exp(x - amax(x)) / sum(exp(x - amax(x)))  ==>  graph.softmax
#include "AttentionPatterns.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {
namespace {

// Through the reshapes of keepdim=False and back, and through expand: `value` as a reduction of one
// dimension that stays with size 1.
template <typename Reduction> Reduction reductionOf(Value value, RankedTensorType full) {
  while (auto expand = value.getDefiningOp<ExpandOp>())
    value = expand.getInput();
  ArrayRef<Size> shape = sizesOf(value);
  while (auto reshape = value.getDefiningOp<ReshapeOp>())
    value = reshape.getInput();
  auto reduction = value.getDefiningOp<Reduction>();
  if (!reduction || reduction.getDims().size() != 1 || sizesOf(value) != shape ||
      tensorType(reduction.getInput()) != full)
    return {};
  return reduction;
}

// exp / sum, or exp * reciprocal(sum).
std::pair<Value, Value> quotient(Operation *op) {
  if (auto div = dyn_cast<DivOp>(op))
    return {div.getLhs(), div.getRhs()};
  if (auto mul = dyn_cast<MulOp>(op))
    for (auto [a, b] :
         {std::pair(mul.getLhs(), mul.getRhs()), std::pair(mul.getRhs(), mul.getLhs())})
      if (auto reciprocal = b.getDefiningOp<ReciprocalOp>())
        return {a, reciprocal.getInput()};
  return {};
}

template <typename Root> struct FuseSoftmax : OpRewritePattern<Root> {
  using OpRewritePattern<Root>::OpRewritePattern;

  LogicalResult matchAndRewrite(Root op, PatternRewriter &rewriter) const override {
    auto [numerator, denominator] = quotient(op);
    RankedTensorType type = tensorType(op.getResult());
    auto exp = numerator ? numerator.template getDefiningOp<ExpOp>() : ExpOp();
    if (!exp || exp.getType() != type)
      return rewriter.notifyMatchFailure(op, "not exp over something");
    auto sum = reductionOf<SumOp>(denominator, type);
    if (!sum || sum.getInput() != exp.getResult())
      return rewriter.notifyMatchFailure(op, "not over the sum of the same exp");
    auto shifted = exp.getInput().template getDefiningOp<SubOp>();
    auto amax = shifted ? reductionOf<AmaxOp>(shifted.getRhs(), type) : AmaxOp();
    if (!amax || amax.getInput() != shifted.getLhs() || amax.getDims() != sum.getDims())
      return rewriter.notifyMatchFailure(op, "exp's operand is not x - amax(x) in that dimension");
    rewriter.replaceOpWithNewOp<SoftmaxOp>(op, type, shifted.getLhs(),
                                           rewriter.getI64IntegerAttr(sum.getDims()[0]));
    return success();
  }
};

} // namespace

void populateSoftmaxPatterns(RewritePatternSet &patterns) {
  patterns.add<FuseSoftmax<DivOp>, FuseSoftmax<MulOp>>(patterns.getContext());
}

} // namespace buddy::graph
