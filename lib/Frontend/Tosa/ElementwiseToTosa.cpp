// Arithmetic and elementary functions, one op or a few of TOSA each.
#include "CompositeBodies.h"
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

// x to a constant power, as ATen computes it; null if it has no short form.
static Value constantPower(TosaBuilder &t, Value x, double exponent) {
  if (exponent == 1.0)
    return x;
  if (exponent == 2.0)
    return t.mul(x, x);
  if (exponent == 3.0)
    return t.mul(t.mul(x, x), x);
  if (exponent == -0.5)
    return t.unary<tosa::RsqrtOp>(x);
  if (exponent == -1.0)
    return t.unary<tosa::ReciprocalOp>(x);
  if (exponent == -2.0)
    return t.unary<tosa::ReciprocalOp>(t.mul(x, x));
  return {};
}

// What fits no integer is the smallest one, as x86 has it.
static Value toInt64(OpBuilder &b, Location loc, ValueRange args) {
  Type element = args[0].getType();
  auto number = [&](double value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(element, value));
  };
  Value fits = arith::AndIOp::create(
      b, loc, arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, args[0], number(-0x1p63)),
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, args[0], number(0x1p63)));
  Value known = arith::SelectOp::create(b, loc, fits, args[0], number(0));
  Value whole = arith::FPToSIOp::create(b, loc, b.getI64Type(), known);
  Value least = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(INT64_MIN));
  return arith::SelectOp::create(b, loc, fits, whole, least);
}

// Rounded down; by zero it is zero, and the quotient of the smallest integer by -1 wraps.
static Value floorDivide(OpBuilder &b, Location loc, ValueRange args) {
  Type type = args[0].getType();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, value));
  };
  auto isNumber = [&](int64_t value) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, args[1], number(value));
  };
  Value isZero = isNumber(0), isMinusOne = isNumber(-1);
  Value special = arith::OrIOp::create(b, loc, isZero, isMinusOne);
  Value by = arith::SelectOp::create(b, loc, special, number(1), args[1]);
  Value quotient = arith::FloorDivSIOp::create(b, loc, args[0], by);
  Value negative = arith::SubIOp::create(b, loc, number(0), args[0]);
  quotient = arith::SelectOp::create(b, loc, isMinusOne, negative, quotient);
  return arith::SelectOp::create(b, loc, isZero, number(0), quotient);
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
  if (from.isInteger(1) && element.isInteger(64)) // upstream sign-extends
    return t.cast(t.cast(x, IntegerType::get(element.getContext(), 32)), element);
  if (from.isInteger(64) && isa<FloatType>(element))
    return t.elementwise(x, element, [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      return arith::SIToFPOp::create(b, loc, element, args[0]);
    });
  if (isa<FloatType>(from) && element.isInteger(64))
    return t.elementwise(x, element, toInt64);
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

// Of a constant with an exact inverse: all other quotients have become composites.
struct LowerDiv : OpConversionPattern<graph::DivOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::DivOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value a = adaptor.getLhs();
    std::optional<double> inverse = exactInverse(op.getRhs());
    if (!inverse)
      return rewriter.notifyMatchFailure(op, "not a constant with an exact inverse");
    Value factor = t.scalar(TosaBuilder::elementOf(a), *inverse, TosaBuilder::shapeOf(a).size());
    // The divisor may be the larger one.
    rewriter.replaceOp(op, t.broadcastTo(t.mul(a, factor), op.getType().getShape()));
    return success();
  }
};

struct LowerFloorDiv : OpConversionPattern<graph::FloorDivOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::FloorDivOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.elementwise({adaptor.getLhs(), adaptor.getRhs()},
                                         TosaBuilder::elementOf(adaptor.getLhs()), floorDivide));
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
           LowerDiv, LowerFloorDiv, LowerPow, LowerConvert>(types, patterns.getContext());
}
