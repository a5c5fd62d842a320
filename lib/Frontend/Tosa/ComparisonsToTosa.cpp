// Comparisons, boolean logic and graph.where. TOSA has equal, greater and greater_equal on numbers;
// they are false on a NaN, and so is every comparison in PyTorch but ne, which is not equal.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

static Value invert(TosaBuilder &t, Value value) { return t.unary<tosa::LogicalNotOp>(value); }

static Value compare(TosaBuilder &t, graph::EqOp, Value a, Value b, bool boolean) {
  if (boolean)
    return invert(t, t.binary<tosa::LogicalXorOp>(a, b));
  return t.compare<tosa::EqualOp>(a, b);
}
static Value compare(TosaBuilder &t, graph::NeOp, Value a, Value b, bool boolean) {
  if (boolean)
    return t.binary<tosa::LogicalXorOp>(a, b);
  return invert(t, t.compare<tosa::EqualOp>(a, b));
}
static Value compare(TosaBuilder &t, graph::GtOp, Value a, Value b, bool boolean) {
  if (boolean)
    return t.binary<tosa::LogicalAndOp>(a, invert(t, b));
  return t.compare<tosa::GreaterOp>(a, b);
}
static Value compare(TosaBuilder &t, graph::GeOp, Value a, Value b, bool boolean) {
  if (boolean)
    return t.binary<tosa::LogicalOrOp>(a, invert(t, b));
  return t.compare<tosa::GreaterEqualOp>(a, b);
}
static Value compare(TosaBuilder &t, graph::LtOp op, Value a, Value b, bool boolean) {
  return compare(t, graph::GtOp(), b, a, boolean);
}
static Value compare(TosaBuilder &t, graph::LeOp op, Value a, Value b, bool boolean) {
  return compare(t, graph::GeOp(), b, a, boolean);
}

namespace {

template <typename Op> struct LowerComparison : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    bool boolean = TosaBuilder::elementOf(adaptor.getLhs()).isInteger(1);
    rewriter.replaceOp(op, compare(t, op, adaptor.getLhs(), adaptor.getRhs(), boolean));
    return success();
  }
};

template <typename Op, typename TosaOp> struct LowerLogical : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.binary<TosaOp>(adaptor.getLhs(), adaptor.getRhs()));
    return success();
  }
};

struct LowerNot : OpConversionPattern<graph::LogicalNotOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::LogicalNotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, invert(t, adaptor.getInput()));
    return success();
  }
};

struct LowerWhere : OpConversionPattern<graph::WhereOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::WhereOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op,
                       t.select(adaptor.getCondition(), adaptor.getOnTrue(), adaptor.getOnFalse()));
    return success();
  }
};

} // namespace

void buddy::frontend::populateComparisonsToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns
      .add<LowerComparison<graph::EqOp>, LowerComparison<graph::NeOp>, LowerComparison<graph::LtOp>,
           LowerComparison<graph::LeOp>, LowerComparison<graph::GtOp>, LowerComparison<graph::GeOp>,
           LowerLogical<graph::LogicalAndOp, tosa::LogicalAndOp>,
           LowerLogical<graph::LogicalOrOp, tosa::LogicalOrOp>,
           LowerLogical<graph::LogicalXorOp, tosa::LogicalXorOp>, LowerNot, LowerWhere>(
          types, patterns.getContext());
}
