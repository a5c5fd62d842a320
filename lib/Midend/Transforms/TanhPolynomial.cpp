// tanh(x) = x + x^3 p(x^2) near zero, and 1 - 2 / (exp(2 |x|) + 1) with x's sign elsewhere.
//
// The difference loses nothing where the quotient is below a half, from 0.55 on.
#include "buddy/Midend/Transforms/TanhPolynomial.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace {
constexpr float kNear = 0.6f;
// (tanh(x) / x - 1) / x^2 in powers of x^2: least largest relative error of tanh up to
// kNear, 2.8e-9 before the coefficients are rounded (Lawson's iteration on 2000 Chebyshev nodes).
constexpr float kCoefficients[] = {-0x1.55553ep-2f, 0x1.1109aep-3f, -0x1.b898dep-5f, 0x1.54b8a0p-6f,
                                   -0x1.825856p-8f};
// Beyond, the nearest float is 1.
constexpr float kMost = 10;

struct TanhToPolynomial : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "not f32");
    Location loc = op.getLoc();
    auto constant = [&](float value) -> Value {
      TypedAttr number = rewriter.getF32FloatAttr(value);
      if (auto shaped = dyn_cast<VectorType>(type))
        number = DenseElementsAttr::get(shaped, number);
      return arith::ConstantOp::create(rewriter, loc, number);
    };
    auto fma = [&](Value a, Value b, Value c) -> Value {
      return math::FmaOp::create(rewriter, loc, a, b, c);
    };

    Value x = op.getOperand();
    Value square = arith::MulFOp::create(rewriter, loc, x, x);
    Value p = constant(std::end(kCoefficients)[-1]);
    for (float coefficient : llvm::reverse(ArrayRef(kCoefficients).drop_back()))
      p = fma(p, square, constant(coefficient));
    Value cube = arith::MulFOp::create(rewriter, loc, square, x);
    Value small = fma(cube, p, x);

    Value size = math::AbsFOp::create(rewriter, loc, x);
    // Bounded, so that exp stays finite; a NaN takes the other branch.
    Value bounded = arith::MinNumFOp::create(rewriter, loc, size, constant(kMost));
    Value power = math::ExpOp::create(
        rewriter, loc, arith::AddFOp::create(rewriter, loc, bounded, bounded).getResult());
    Value quotient = arith::DivFOp::create(
        rewriter, loc, constant(2), arith::AddFOp::create(rewriter, loc, power, constant(1)));
    Value large = arith::SubFOp::create(rewriter, loc, constant(1), quotient);
    large = math::CopySignOp::create(rewriter, loc, large, x);
    Value isLarge =
        arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OGT, size, constant(kNear));
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isLarge, large, small);
    return success();
  }
};
} // namespace

void buddy::populateTanhPolynomialPatterns(RewritePatternSet &patterns) {
  patterns.add<TanhToPolynomial>(patterns.getContext());
}
