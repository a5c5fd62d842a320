// exp(x) = 2^n exp(r), with n the integer nearest to x / ln 2 and r = x - n ln 2 in [-ln 2 / 2,
// ln 2 / 2].
//
// Half as many instructions as upstream's approximation: softmax spends a twentieth of attention's
// time here. There, under `fastmath<afn>`, and where a larger number is added to it, a result below
// the normal numbers is 0; elsewhere it is the subnormal one. The rounding to n is the addition
// of 1.5 * 2^23, after which the low bits of the sum are n; see Muller et al., "Handbook of
// Floating-Point Arithmetic", 2nd edition, 2018, section 10.2 on the reduction with ln 2 in two
// parts (Cody and Waite).
#include "buddy/Midend/Transforms/ExpPolynomial.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace {
constexpr float kLog2E = 0x1.715476p+0f;
constexpr float kLn2High = 0x1.62e43p-1f, kLn2Low = -0x1.05c61p-29f;
constexpr float kRound = 0x1.8p+23f;
// exp(r) = 1 + r + r^2 (c[0] + c[1] r + ...): least largest relative error on the interval, 3.1e-9
// before the coefficients are rounded (Lawson's iteration on 400 Chebyshev nodes).
constexpr float kCoefficients[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.1239d6p-7f,
                                   0x1.6a243ep-10f};
// Below, the result is no normal number, and 0 in the end; above, no finite one.
constexpr float kLeast = -87.3365448f, kZero = -103.972084f, kMost = 88.7228394f;
constexpr int kMantissaBits = 23;
// A subnormal result is computed so many powers of two larger, and scaled down at last.
constexpr int kRaised = 32;

// Whether it makes no difference if a result below the normal numbers is 0.
static bool mayFlush(math::ExpOp op) {
  if (bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn))
    return true;
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    APFloat other(0.0f);
    if (!isa<arith::AddFOp, arith::SubFOp>(user))
      return false;
    return llvm::any_of(user->getOperands(), [&](Value operand) {
      return matchPattern(operand, m_ConstantFloat(&other)) &&
             std::abs(other.convertToDouble()) >= 1;
    });
  });
}

struct ExpToPolynomial : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return failure();
    Location loc = op.getLoc();
    auto shaped = dyn_cast<VectorType>(type);
    auto splat = [&](TypedAttr value) -> Value {
      if (shaped)
        value = DenseElementsAttr::get(shaped.clone(value.getType()), value);
      return arith::ConstantOp::create(rewriter, loc, value);
    };
    auto constant = [&](float value) { return splat(rewriter.getF32FloatAttr(value)); };
    auto fma = [&](Value a, Value b, Value c) -> Value {
      return math::FmaOp::create(rewriter, loc, a, b, c);
    };
    Type integers = shaped ? Type(shaped.clone(rewriter.getI32Type())) : rewriter.getI32Type();
    auto bits = [&](Value x) -> Value {
      return arith::BitcastOp::create(rewriter, loc, integers, x);
    };

    Value x = op.getOperand();
    Value rounded = fma(x, constant(kLog2E), constant(kRound));
    Value n = arith::SubFOp::create(rewriter, loc, rounded, constant(kRound));
    Value r = fma(n, constant(-kLn2High), x);
    r = fma(n, constant(-kLn2Low), r);
    Value p = constant(std::end(kCoefficients)[-1]);
    for (float coefficient : llvm::reverse(ArrayRef(kCoefficients).drop_back()))
      p = fma(p, r, constant(coefficient));
    for (int i = 0; i < 2; ++i)
      p = fma(p, r, constant(1));
    bool flushes = mayFlush(op);
    Value isSmall, power = bits(rounded);
    if (!flushes) {
      isSmall =
          arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OLT, x, constant(kLeast));
      Value raised = arith::SelectOp::create(rewriter, loc, isSmall,
                                             splat(rewriter.getI32IntegerAttr(kRaised)),
                                             splat(rewriter.getI32IntegerAttr(0)));
      power = arith::AddIOp::create(rewriter, loc, power, raised);
    }
    // Times 2^n: n, the low bits of `rounded`, is added to the exponent. The bits of a NaN shift
    // out, and p is NaN then.
    Value exponent = arith::ShLIOp::create(rewriter, loc, power,
                                           splat(rewriter.getI32IntegerAttr(kMantissaBits)));
    Value scaled = arith::AddIOp::create(rewriter, loc, bits(p), exponent);
    Value result = arith::BitcastOp::create(rewriter, loc, type, scaled);
    if (!flushes) {
      Value scale = arith::SelectOp::create(rewriter, loc, isSmall,
                                            constant(std::ldexp(1.0f, -kRaised)), constant(1));
      result = arith::MulFOp::create(rewriter, loc, result, scale);
    }
    auto replaceIf = [&](arith::CmpFPredicate predicate, float limit, float value) {
      Value outside = arith::CmpFOp::create(rewriter, loc, predicate, x, constant(limit));
      result = arith::SelectOp::create(rewriter, loc, outside, constant(value), result);
    };
    replaceIf(arith::CmpFPredicate::OLT, flushes ? kLeast : kZero, 0);
    replaceIf(arith::CmpFPredicate::OGT, kMost, std::numeric_limits<float>::infinity());
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void buddy::populateExpPolynomialPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpToPolynomial>(patterns.getContext());
}
