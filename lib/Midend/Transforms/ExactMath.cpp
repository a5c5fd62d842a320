// sin, cos and pow of floats, computed in double precision and rounded once.
//
// In double a range reduction or a product of exponents may lose twenty bits and the float is still
// the right one; in float every lost bit would show. These functions are rare in a layer (position
// tables are evaluated when compiling), so the time does not matter.
#include "buddy/Midend/Transforms/ExactMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using arith::CmpFPredicate;

namespace {
// Builds arithmetic on doubles in the shape (scalar or vector) of a float value.
class Doubles {
public:
  Doubles(OpBuilder &b, Location loc, Type like) : b(b), loc(loc), floats(like) {}

  Type typeOf(Type element) const {
    auto vector = dyn_cast<VectorType>(floats);
    return vector ? vector.clone(element) : element;
  }
  Value constant(double value) { return splat(b.getF64FloatAttr(value)); }
  Value integer(int64_t value) { return splat(b.getI64IntegerAttr(value)); }
  Value widen(Value x) { return arith::ExtFOp::create(b, loc, typeOf(b.getF64Type()), x); }
  Value narrow(Value x) { return arith::TruncFOp::create(b, loc, floats, x); }

  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value mul(Value x, double y) { return mul(x, constant(y)); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
  Value floor(Value x) { return math::FloorOp::create(b, loc, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value negate(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value is(CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value is(CmpFPredicate predicate, Value x, double y) { return is(predicate, x, constant(y)); }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }

  // c[0] + c[1] x + c[2] x^2 + ...
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }
  // x, negated where `sign` is negative.
  Value withSignOf(Value sign, Value x) {
    Value bit = arith::AndIOp::create(b, loc, bits(sign), integer(INT64_MIN));
    return fromBits(arith::XOrIOp::create(b, loc, bits(x), bit));
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, loc, typeOf(b.getI64Type()), x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, loc, typeOf(b.getF64Type()), x); }

  OpBuilder &b;
  Location loc;

private:
  Value splat(TypedAttr value) {
    if (auto vector = dyn_cast<VectorType>(floats))
      value = DenseElementsAttr::get(vector.clone(value.getType()), value);
    return arith::ConstantOp::create(b, loc, value);
  }

  Type floats;
};
} // namespace

// sin(x), or cos(x) = sin(x + pi / 2), for every finite x; NaN for the others. The result is the
// right float but for one of some thousand, where it is the next one.
static Value sine(Doubles &d, Value argument, bool isCosine) {
  // Below zero a small one would be lost: -x modulo 4 is near 4.
  Value x = d.abs(argument);
  // x / (pi / 2) modulo 4, from pieces of 24 bits of 2 / pi (Payne and Hanek): a float times a
  // piece is exact in double, and so is what is left of it after taking multiples of 4 away.
  constexpr int64_t pieces[] = {0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1,
                                0xf534dd, 0xc0db62, 0x95993c, 0x439041};
  Value turns;
  double scale = 1;
  for (int64_t piece : pieces) {
    scale /= 1 << 24;
    Value part = d.mul(x, double(piece) * scale);
    part = d.fma(d.floor(d.mul(part, 0.25)), d.constant(-4), part);
    turns = turns ? d.add(turns, part) : part;
  }
  Value nearest = d.floor(d.add(turns, d.constant(0.5)));
  Value r = d.mul(d.sub(turns, nearest), 1.57079632679489661923);
  Value quadrant = isCosine ? d.add(nearest, d.constant(1)) : nearest;
  quadrant = d.fma(d.floor(d.mul(quadrant, 0.25)), d.constant(-4), quadrant); // 0, 1, 2, 3

  // Taylor's series on [-pi/4, pi/4]: the first term left out is below 1e-10 of the result.
  Value square = d.mul(r, r);
  Value sin = d.mul(r, d.polynomial(square, {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880,
                                             -1.0 / 39916800}));
  Value cos = d.polynomial(
      square, {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600});
  Value half = d.floor(d.mul(quadrant, 0.5)); // 0, 0, 1, 1
  Value isOdd = d.is(CmpFPredicate::ONE, d.mul(half, 2), quadrant);
  Value result = d.select(isOdd, cos, sin);
  result = d.select(d.is(CmpFPredicate::OEQ, half, 1), d.negate(result), result);
  return isCosine ? result : d.withSignOf(argument, result);
}

// log2(x) of a normal double x > 0.
static Value log2(Doubles &d, Value x) {
  OpBuilder &b = d.b;
  Value bits = d.bits(x);
  Value exponent = arith::ShRUIOp::create(b, d.loc, bits, d.integer(52));
  // Through 32 bits: AVX2 has no conversion from 64.
  Value small = arith::TruncIOp::create(b, d.loc, d.typeOf(b.getI32Type()), exponent);
  Value power = arith::SIToFPOp::create(b, d.loc, d.typeOf(b.getF64Type()), small);
  power = d.sub(power, d.constant(1023));
  Value fraction = arith::AndIOp::create(b, d.loc, bits, d.integer(0x000fffffffffffff));
  Value mantissa =
      d.fromBits(arith::OrIOp::create(b, d.loc, fraction, d.integer(0x3ff0000000000000)));
  Value isLarge = d.is(CmpFPredicate::OGT, mantissa, 1.41421356237309504880);
  mantissa = d.select(isLarge, d.mul(mantissa, 0.5), mantissa);
  power = d.select(isLarge, d.add(power, d.constant(1)), power);
  // ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1), |s| < 0.172
  Value s = d.div(d.sub(mantissa, d.constant(1)), d.add(mantissa, d.constant(1)));
  Value series = d.polynomial(
      d.mul(s, s), {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15});
  constexpr double twiceLog2E = 2 * 1.44269504088896340736;
  return d.fma(d.mul(s, twiceLog2E), series, power);
}

// 2^x for |x| <= 1000.
static Value exp2(Doubles &d, Value x) {
  OpBuilder &b = d.b;
  Value nearest = d.floor(d.add(x, d.constant(0.5)));
  Value z = d.mul(d.sub(x, nearest), 0.69314718055994530942); // |z| < 0.347
  Value power = d.polynomial(z, {1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720,
                                 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800});
  Value small = arith::FPToSIOp::create(b, d.loc, d.typeOf(b.getI32Type()), nearest);
  Value exponent = arith::ExtSIOp::create(b, d.loc, d.typeOf(b.getI64Type()), small);
  exponent = arith::AddIOp::create(b, d.loc, exponent, d.integer(1023));
  exponent = arith::ShLIOp::create(b, d.loc, exponent, d.integer(52));
  return d.mul(power, d.fromBits(exponent));
}

// x^y = 2^(y log2 |x|), with the signs and the special cases of IEEE 754.
static Value power(Doubles &d, Value x, Value y) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value size = d.abs(x);
  Value isZero = d.is(CmpFPredicate::OEQ, size, 0),
        isInfinite = d.is(CmpFPredicate::OEQ, size, infinity);
  // A float is never a subnormal double; 0 and infinity have logarithms of their own.
  Value logarithm = log2(d, size);
  logarithm = d.select(isZero, d.constant(-infinity), logarithm);
  logarithm = d.select(isInfinite, d.constant(infinity), logarithm);
  logarithm = d.select(d.is(CmpFPredicate::UNO, x, x), x, logarithm);
  Value t = d.mul(y, logarithm);
  // Beyond 2^200 any float is infinite or 0, and only so far may the exponent be an integer.
  Value bounded = d.select(d.is(CmpFPredicate::OGT, t, 200), d.constant(200), t);
  bounded = d.select(d.is(CmpFPredicate::OLT, bounded, -200), d.constant(-200), bounded);
  Value isNaN = d.is(CmpFPredicate::UNO, t, t);
  Value result = exp2(d, d.select(isNaN, d.constant(0), bounded));
  result = d.select(isNaN, t, result);

  // Below zero: only whole exponents, and odd ones keep the sign.
  Value nan = d.constant(std::numeric_limits<double>::quiet_NaN());
  Value whole = d.floor(y);
  Value isPart = d.is(CmpFPredicate::ONE, whole, y);
  Value isBelow = d.both(d.is(CmpFPredicate::OLT, x, 0), d.is(CmpFPredicate::OLT, size, infinity));
  result = d.select(d.both(isBelow, isPart), nan, result);
  Value halves = d.floor(d.mul(whole, 0.5));
  Value isOdd =
      d.both(d.is(CmpFPredicate::OEQ, whole, y), d.is(CmpFPredicate::ONE, d.mul(halves, 2), whole));
  Value signedResult = math::CopySignOp::create(d.b, d.loc, result, x);
  result = d.select(isOdd, signedResult, result);
  // 1 to any power, and (-1) to an infinite one.
  Value one = d.constant(1);
  result = d.select(d.is(CmpFPredicate::OEQ, x, 1), one, result);
  Value isEndless = d.is(CmpFPredicate::OEQ, d.abs(y), infinity);
  result = d.select(d.both(d.is(CmpFPredicate::OEQ, size, 1), isEndless), one, result);
  return d.select(d.is(CmpFPredicate::OEQ, y, 0), one, result);
}

static bool isFloat(Type type) { return getElementTypeOrSelf(type).isF32(); }

namespace {
template <typename Op, bool isCosine> struct ExactSine : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!isFloat(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32");
    Doubles d(rewriter, op.getLoc(), op.getType());
    Value result = d.narrow(sine(d, d.widen(op.getOperand()), isCosine));
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ExactPower : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::PowFOp op, PatternRewriter &rewriter) const override {
    if (!isFloat(op.getType()))
      return rewriter.notifyMatchFailure(op, "not f32");
    Doubles d(rewriter, op.getLoc(), op.getType());
    Value result = d.narrow(power(d, d.widen(op.getLhs()), d.widen(op.getRhs())));
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void buddy::populateExactMathPatterns(RewritePatternSet &patterns) {
  patterns.add<ExactSine<math::SinOp, false>, ExactSine<math::CosOp, true>, ExactPower>(
      patterns.getContext());
}
