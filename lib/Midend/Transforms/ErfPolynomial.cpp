// erf and tanh in f32: an odd polynomial near zero, and beyond it 1 less a power of e. Both halves
// are computed in every lane and one is selected; exp is the polynomial of ExpPolynomial.cpp.
//
// The polynomials have the least largest error relative to the function (Lawson's iteration on 300
// and 400 Chebyshev nodes). See Muller, "Elementary Functions", 3rd edition, 2016, chapter 3.
#include "buddy/Midend/Transforms/ErfPolynomial.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace {
// erf(x) = x + x q(x^2) up to here; the error of q is 4.1e-10 of erf.
constexpr float kErfSmall = 0.921875f;
constexpr float kErfNear[] = {0x1.06eba8p-3f, -0x1.812744p-2f,  0x1.ce2e20p-4f, -0x1.b8107ep-6f,
                              0x1.54daeap-8f, -0x1.aaea16p-11f, 0x1.5f12dep-14f};
// erf(x) = 1 - exp(-(x + x p(x))) beyond; the error of p is 7.3e-10 of erf. Above 4 erf is 1.
constexpr float kErfFar[] = {0x1.07796cp-3f, 0x1.4531fcp-1f,   0x1.b32d02p-4f, -0x1.856b64p-6f,
                             0x1.ddcf54p-9f, -0x1.533e42p-12f, 0x1.7b497ep-17f};
constexpr float kErfOne = 4.0f;

// tanh(x) = x + x^3 q(x^2) up to here; the error of q is 1.6e-10 of tanh.
constexpr float kTanhSmall = 0.625f;
constexpr float kTanhNear[] = {-0x1.555554p-2f, 0x1.111066p-3f,  -0x1.b9ee9p-5f,
                               0x1.638b5ap-6f,  -0x1.0bf502p-7f, 0x1.18e1eep-9f};
// 1 - 2 / (e^2x + 1) beyond. Above 10 tanh is 1.
constexpr float kTanhOne = 10.0f;

// Builds f32 arithmetic in the shape (scalar or vector) of a value.
class Floats {
public:
  Floats(OpBuilder &b, Location loc, Type type) : b(b), loc(loc), type(type) {}

  Value constant(float value) {
    TypedAttr attr = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value negate(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value exp(Value x) { return math::ExpOp::create(b, loc, x); }
  Value withSignOf(Value x, Value sign) { return math::CopySignOp::create(b, loc, x, sign); }
  // At most `limit`; a NaN becomes `limit`.
  Value atMost(Value x, float limit) {
    Value isLess = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, constant(limit));
    return arith::SelectOp::create(b, loc, isLess, x, constant(limit));
  }
  // `far` where size > limit, else `near`: for a NaN as well.
  Value select(Value size, float limit, Value far, Value near) {
    Value isFar = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, size, constant(limit));
    return arith::SelectOp::create(b, loc, isFar, far, near);
  }
  // c[0] + c[1] x + c[2] x^2 + ...
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value sum = constant(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

private:
  OpBuilder &b;
  Location loc;
  Type type;
};

struct ErfToPolynomial : OpRewritePattern<math::ErfOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ErfOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    Floats f(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand(), size = f.abs(x);
    Value near = f.fma(f.polynomial(f.mul(x, x), kErfNear), x, x);
    Value bounded = f.atMost(size, kErfOne);
    Value power = f.fma(f.polynomial(bounded, kErfFar), bounded, bounded);
    Value far = f.sub(f.constant(1), f.exp(f.negate(power)));
    Value result = f.withSignOf(f.select(size, kErfSmall, far, near), x);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct TanhToPolynomial : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::TanhOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    Floats f(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand(), size = f.abs(x), square = f.mul(x, x);
    Value near = f.fma(f.mul(f.polynomial(square, kTanhNear), square), x, x);
    Value bounded = f.atMost(size, kTanhOne);
    Value power = f.exp(f.add(bounded, bounded));
    Value far = f.sub(f.constant(1), f.div(f.constant(2), f.add(power, f.constant(1))));
    // The sign of -0 as well, which the sum of the near half loses.
    Value result = f.withSignOf(f.select(size, kTanhSmall, far, near), x);
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void buddy::populateErfPolynomialPatterns(RewritePatternSet &patterns) {
  patterns.add<ErfToPolynomial, TanhToPolynomial>(patterns.getContext());
}
