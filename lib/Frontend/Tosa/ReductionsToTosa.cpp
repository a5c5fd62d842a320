// Reductions and softmax. The reduced dimensions stay with size 1, as TOSA's do.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include <limits>

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

template <typename TosaOp> static Value reduce(TosaBuilder &t, Value x, ArrayRef<int64_t> dims) {
  for (int64_t dim : dims)
    x = t.reduce<TosaOp>(x, dim);
  return x;
}

namespace {

struct LowerSum : OpConversionPattern<graph::SumOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::SumOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, reduce<tosa::ReduceSumOp>(t, adaptor.getInput(), op.getDims()));
    return success();
  }
};

// tosa-to-linalg starts reduce_max from the lowest finite number, so that a row of -inf would give
// that; such rows are found and get their -inf back.
struct LowerAmax : OpConversionPattern<graph::AmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::AmaxOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value x = adaptor.getInput();
    Type element = TosaBuilder::elementOf(x);
    if (element.isInteger(1)) {
      rewriter.replaceOp(op, reduce<tosa::ReduceAnyOp>(t, x, op.getDims()));
      return success();
    }
    Value max = reduce<tosa::ReduceMaxOp>(t, x, op.getDims());
    if (isa<FloatType>(element)) {
      Value lowest = t.scalar(element, -std::numeric_limits<double>::infinity(),
                              TosaBuilder::shapeOf(x).size());
      Value isLowest = t.compare<tosa::EqualOp>(x, lowest);
      max = t.select(reduce<tosa::ReduceAllOp>(t, isLowest, op.getDims()), lowest, max);
    }
    rewriter.replaceOp(op, max);
    return success();
  }
};

struct LowerSoftmax : OpConversionPattern<graph::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::SoftmaxOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    int64_t dim = op.getDim();
    Value max = t.reduce<tosa::ReduceMaxOp>(adaptor.getInput(), dim);
    Value exp = t.unary<tosa::ExpOp>(t.binary<tosa::SubOp>(adaptor.getInput(), max));
    // The sum is at least 1, so its reciprocal is harmless; a row of -inf gives NaN, as in PyTorch.
    Value sum = t.reduce<tosa::ReduceSumOp>(exp, dim);
    rewriter.replaceOp(op, t.mul(exp, t.unary<tosa::ReciprocalOp>(sum)));
    return success();
  }
};

} // namespace

void buddy::frontend::populateReductionsToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerSum, LowerAmax, LowerSoftmax>(types, patterns.getContext());
}
