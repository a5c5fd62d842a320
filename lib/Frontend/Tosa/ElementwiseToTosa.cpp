// Arithmetic and elementary functions, one op or a few of TOSA each.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

static bool isBool(Value value) { return TosaBuilder::elementOf(value).isInteger(1); }

// The one number that all elements of a constant have.
static std::optional<APFloat> splatOf(Value value) {
  DenseElementsAttr values;
  if (!matchPattern(value, m_Constant(&values)) || !values.isSplat() ||
      !isa<FloatType>(values.getElementType()))
    return std::nullopt;
  return values.getSplatValue<APFloat>();
}

// TOSA has no square root. 1/rsqrt(x) has its special cases right (0, -0, inf, NaN below zero) and
// is within 1.5 ulp if rsqrt is within 1.
static Value squareRoot(TosaBuilder &t, Value x) {
  return t.unary<tosa::ReciprocalOp>(t.unary<tosa::RsqrtOp>(x));
}

// TOSA has no division of floats: a / b is a * (1/b), two roundings, within 1.5 ulp (3 where 1/b is
// subnormal, for b beyond 2^126). 1/b would overflow for a subnormal b, so a tiny b is first scaled
// up by a power of two, which is exact, and the quotient by the same.
static Value divide(TosaBuilder &t, Value a, Value b) {
  int64_t rank = TosaBuilder::shapeOf(b).size();
  Type f32 = TosaBuilder::elementOf(b);
  Value isTiny = t.compare<tosa::GreaterOp>(t.scalar(f32, 0x1p-64, rank), t.unary<tosa::AbsOp>(b));
  Value scale = t.select(isTiny, t.scalar(f32, 0x1p64, rank), t.scalar(f32, 1.0, rank));
  Value inverse = t.unary<tosa::ReciprocalOp>(t.mul(b, scale));
  return t.mul(t.mul(a, inverse), scale);
}

// The inverse of a constant divisor: exact for a power of two, else rounded once (the quotient is
// within 1.5 ulp). Nothing if the divisor or its inverse is not a normal number.
static std::optional<double> inverseOf(const APFloat &divisor) {
  if (!divisor.isNormal())
    return std::nullopt;
  APFloat inverse(divisor.getSemantics(), 1);
  inverse.divide(divisor, APFloat::rmNearestTiesToEven);
  if (!inverse.isNormal())
    return std::nullopt;
  return inverse.convertToDouble();
}

// x to a constant power, as ATen computes it; null if it has no short form.
static Value constantPower(TosaBuilder &t, Value x, double exponent) {
  if (exponent == 1.0)
    return x;
  if (exponent == 2.0)
    return t.mul(x, x);
  if (exponent == 3.0)
    return t.mul(t.mul(x, x), x);
  if (exponent == 0.5)
    return squareRoot(t, x);
  if (exponent == -0.5)
    return t.unary<tosa::RsqrtOp>(x);
  if (exponent == -1.0)
    return t.unary<tosa::ReciprocalOp>(x);
  if (exponent == -2.0)
    return t.unary<tosa::ReciprocalOp>(t.mul(x, x));
  return {};
}

// PyTorch truncates a float to an integer, tosa.cast rounds: round toward zero before. What fits no
// integer is the smallest one, as x86 has it; tosa.cast takes the nearest one, and 0 for a NaN.
static Value convert(TosaBuilder &t, Value x, Type element) {
  Type from = TosaBuilder::elementOf(x);
  int64_t rank = TosaBuilder::shapeOf(x).size();
  if (from == element)
    return x;
  if (element.isInteger(1))
    return t.unary<tosa::LogicalNotOp>(t.compare<tosa::EqualOp>(x, t.scalar(from, 0, rank)));
  if (from.isInteger(1) && isa<FloatType>(element))
    return t.select(x, t.scalar(element, 1, rank), t.scalar(element, 0, rank));
  if (isa<FloatType>(from) && isa<IntegerType>(element)) {
    Value down = t.unary<tosa::FloorOp>(x), up = t.unary<tosa::CeilOp>(x);
    Value whole = t.select(t.compare<tosa::GreaterEqualOp>(x, t.scalar(from, 0, rank)), down, up);
    Value isBelow = t.compare<tosa::GreaterOp>(t.scalar(from, 0x1p31, rank), whole);
    Value cast = t.cast(whole, element);
    return t.select(isBelow, cast, t.scalar(element, INT32_MIN, rank));
  }
  return t.cast(x, element);
}

namespace {

// One op of the graph dialect is one of TOSA.
template <typename Op, typename TosaOp> struct LowerUnary : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.unary<TosaOp>(adaptor.getInput()));
    return success();
  }
};

// On booleans PyTorch's add and maximum are or, its mul and minimum are and.
template <typename Op, typename TosaOp, typename BoolOp>
struct LowerBinary : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value a = adaptor.getLhs(), b = adaptor.getRhs();
    if (isBool(a))
      rewriter.replaceOp(op, t.binary<BoolOp>(a, b));
    else if constexpr (std::is_same_v<TosaOp, tosa::MulOp>)
      rewriter.replaceOp(op, t.mul(a, b));
    else
      rewriter.replaceOp(op, t.binary<TosaOp>(a, b));
    return success();
  }
};

struct LowerSub : OpConversionPattern<graph::SubOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::SubOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.binary<tosa::SubOp>(adaptor.getLhs(), adaptor.getRhs()));
    return success();
  }
};

struct LowerNeg : OpConversionPattern<graph::NegOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::NegOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value x = adaptor.getInput();
    Type element = TosaBuilder::elementOf(x);
    // Integers wrap; tosa.negate of the smallest one is the largest.
    if (isa<IntegerType>(element))
      rewriter.replaceOp(
          op, t.binary<tosa::SubOp>(t.scalar(element, 0, TosaBuilder::shapeOf(x).size()), x));
    else
      rewriter.replaceOp(op, t.negate(x));
    return success();
  }
};

struct LowerSqrt : OpConversionPattern<graph::SqrtOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::SqrtOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, squareRoot(t, adaptor.getInput()));
    return success();
  }
};

struct LowerDiv : OpConversionPattern<graph::DivOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::DivOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value a = adaptor.getLhs(), b = adaptor.getRhs();
    std::optional<APFloat> constant = splatOf(op.getRhs());
    std::optional<double> inverse = constant ? inverseOf(*constant) : std::nullopt;
    if (!inverse) {
      rewriter.replaceOp(op, divide(t, a, b));
      return success();
    }
    Value factor = t.scalar(TosaBuilder::elementOf(a), *inverse, TosaBuilder::shapeOf(a).size());
    // The divisor may be the larger one.
    rewriter.replaceOp(op, t.broadcastTo(t.mul(a, factor), op.getType().getShape()));
    return success();
  }
};

struct LowerPow : OpConversionPattern<graph::PowOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::PowOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    if (std::optional<APFloat> exponent = splatOf(op.getRhs()))
      if (Value power = constantPower(t, adaptor.getLhs(), exponent->convertToDouble())) {
        rewriter.replaceOp(op, t.broadcastTo(power, op.getType().getShape()));
        return success();
      }
    rewriter.replaceOp(op, t.binary<tosa::PowOp>(adaptor.getLhs(), adaptor.getRhs()));
    return success();
  }
};

struct LowerConvert : OpConversionPattern<graph::ConvertOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::ConvertOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the result is not a ranked tensor");
    TosaBuilder t(rewriter, op.getLoc());
    Value result = convert(t, adaptor.getInput(), type.getElementType());
    // An f16 or bf16 is an f32 here: it is rounded, and widened again.
    if (Type half = op.getType().getElementType(); graph::isHalf(half))
      result = t.cast(t.cast(result, half), type.getElementType());
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void buddy::frontend::populateElementwiseToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns
      .add<LowerUnary<graph::AbsOp, tosa::AbsOp>, LowerUnary<graph::ExpOp, tosa::ExpOp>,
           LowerUnary<graph::LogOp, tosa::LogOp>, LowerUnary<graph::RsqrtOp, tosa::RsqrtOp>,
           LowerUnary<graph::ReciprocalOp, tosa::ReciprocalOp>,
           LowerUnary<graph::CosOp, tosa::CosOp>, LowerUnary<graph::SinOp, tosa::SinOp>,
           LowerUnary<graph::TanhOp, tosa::TanhOp>, LowerUnary<graph::ErfOp, tosa::ErfOp>,
           LowerUnary<graph::FloorOp, tosa::FloorOp>, LowerUnary<graph::SigmoidOp, tosa::SigmoidOp>,
           LowerBinary<graph::AddOp, tosa::AddOp, tosa::LogicalOrOp>,
           LowerBinary<graph::MulOp, tosa::MulOp, tosa::LogicalAndOp>,
           LowerBinary<graph::MaximumOp, tosa::MaximumOp, tosa::LogicalOrOp>,
           LowerBinary<graph::MinimumOp, tosa::MinimumOp, tosa::LogicalAndOp>, LowerSub, LowerNeg,
           LowerSqrt, LowerDiv, LowerPow, LowerConvert>(types, patterns.getContext());
}
