// Functions of f64 that LLVM has no operation for: erf.
//
// exp, log, sin, cos, tanh and pow of f64 are calls of libm, element by element: they are right to
// an ulp there, and rare in a layer. What stands here is made of exp.
#include "buddy/Midend/Transforms/DoubleMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace {
// erf(x) = x + x q(x^2) up to 1: the polynomial through the Chebyshev nodes of [0, 1], 1.3e-19 off
// before its coefficients are rounded.
constexpr double kNear[] = {0x1.06eba8214db69p-3,   -0x1.812746b0379e6p-2,  0x1.ce2f21a042b30p-4,
                            -0x1.b82ce31284e00p-6,  0x1.565bcd0dbaa38p-8,   -0x1.c02db3dac435fp-11,
                            0x1.f9a321d5b8e1ep-14,  -0x1.f4d1e3183f7aep-17, 0x1.b9df224ca4b94p-20,
                            -0x1.5f1ecb6f0762fp-23, 0x1.f7b4bf3b13841p-27,  -0x1.389d4f26412d7p-30,
                            0x1.05ffd737faabap-34};
// erf(x) = 1 - exp(-x^2) p(1 / (x + 2.5)) from 1 to 6, in the same way; 1e-18 off. Above 6 erf
// is 1.
constexpr double kFar[] = {0x1.7391e371f1422p-29,  0x1.20dd6593c265dp-1,   0x1.6916cac0dbf32p+0,
                           0x1.9f19de26962afp+1,   0x1.ae85d77343ff5p+2,   0x1.6d26ae78f08e6p+3,
                           0x1.66bb85f859652p+4,   -0x1.8b0ad4c3f7224p+5,  0x1.b9e63b8cd92b1p+8,
                           -0x1.64d52baaed8b0p+11, 0x1.8a93c7fd256f7p+13,  -0x1.5f9d95006442bp+15,
                           0x1.cf006a7fc9a6dp+16,  -0x1.a05486d25a12ep+17, 0x1.e33b3a0860911p+17,
                           -0x1.48b505ca0d44cp+17, 0x1.913908833f56fp+15};
constexpr double kOne = 6;

struct ErfOfDouble : OpRewritePattern<math::ErfOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ErfOp op, PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF64())
      return rewriter.notifyMatchFailure(op, "not f64");
    Location loc = op.getLoc();
    auto constant = [&](double value) -> Value {
      TypedAttr attr = rewriter.getF64FloatAttr(value);
      if (auto vector = dyn_cast<VectorType>(type))
        attr = DenseElementsAttr::get(vector, attr);
      return arith::ConstantOp::create(rewriter, loc, attr);
    };
    auto polynomial = [&](Value x, ArrayRef<double> coefficients) {
      Value sum = constant(coefficients.back());
      for (double coefficient : llvm::reverse(coefficients.drop_back()))
        sum = math::FmaOp::create(rewriter, loc, sum, x, constant(coefficient));
      return sum;
    };
    auto isAbove = [&](Value x, double limit) -> Value {
      return arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OGT, x, constant(limit));
    };
    auto select = [&](Value condition, Value x, Value y) -> Value {
      return arith::SelectOp::create(rewriter, loc, condition, x, y);
    };
    Value x = op.getOperand(), size = math::AbsFOp::create(rewriter, loc, x);
    Value square = arith::MulFOp::create(rewriter, loc, x, x);
    Value near = math::FmaOp::create(rewriter, loc, polynomial(square, kNear), x, x);
    Value bounded = select(isAbove(size, kOne), constant(kOne), size);
    square = arith::MulFOp::create(rewriter, loc, bounded, bounded);
    Value power = math::ExpOp::create(rewriter, loc, arith::NegFOp::create(rewriter, loc, square));
    Value inverse = arith::DivFOp::create(
        rewriter, loc, constant(1),
        arith::AddFOp::create(rewriter, loc, bounded, constant(2.5)).getResult());
    Value far = arith::MulFOp::create(rewriter, loc, power, polynomial(inverse, kFar));
    far = arith::SubFOp::create(rewriter, loc, constant(1), far);
    Value result = select(isAbove(size, 1), far, near); // a NaN is not above
    rewriter.replaceOpWithNewOp<math::CopySignOp>(op, result, x);
    return success();
  }
};
} // namespace

void buddy::populateDoubleMathPatterns(RewritePatternSet &patterns) {
  patterns.add<ErfOfDouble>(patterns.getContext());
}

bool buddy::isLibmCall(Operation *op) {
  return isa<math::ExpOp, math::LogOp, math::SinOp, math::CosOp, math::TanhOp, math::PowFOp>(op) &&
         getElementTypeOrSelf(op->getResult(0).getType()).isF64();
}
