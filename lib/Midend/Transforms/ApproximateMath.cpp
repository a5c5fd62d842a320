// exp, tanh, rsqrt, sin, cos, pow ... -> polynomials on vectors.
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/DoubleMath.h"
#include "buddy/Midend/Transforms/ErfPolynomial.h"
#include "buddy/Midend/Transforms/ExactMath.h"
#include "buddy/Midend/Transforms/ExpPolynomial.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace buddy {
#define GEN_PASS_DEF_APPROXIMATEMATHPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Upstream's logarithm takes what is below the normal numbers for the least of them: such a number
// is first made larger by a power of two, which is exact.
static void raiseSubnormals(math::LogOp op) {
  Type type = op.getType();
  if (!getElementTypeOrSelf(type).isF32())
    return;
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto constant = [&](double value) -> Value {
    TypedAttr number = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      number = DenseElementsAttr::get(vector, number);
    return arith::ConstantOp::create(b, loc, number);
  };
  constexpr double ln2 = 0.69314718055994530942;
  Value x = op.getOperand();
  Value isSmall = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, constant(0x1p-126));
  Value factor = arith::SelectOp::create(b, loc, isSmall, constant(0x1p24), constant(1));
  Value summand = arith::SelectOp::create(b, loc, isSmall, constant(-24 * ln2), constant(0));
  op.getOperandMutable().assign(arith::MulFOp::create(b, loc, x, factor));
  b.setInsertionPointAfter(op);
  Value result = arith::AddFOp::create(b, loc, op, summand);
  op.getResult().replaceAllUsesExcept(result, result.getDefiningOp());
}

namespace {
struct ApproximateMath : buddy::impl::ApproximateMathPassBase<ApproximateMath> {
  void runOnOperation() override {
    // x^2, x^3, sqrt(x) and the like, before pow is taken apart.
    RewritePatternSet simplify(&getContext());
    populateMathAlgebraicSimplificationPatterns(simplify);
    if (failed(rewriteToFixpoint(getOperation(), std::move(simplify))))
      return signalPassFailure();

    getOperation()->walk(raiseSubnormals);
    RewritePatternSet patterns(&getContext());
    // Upstream's sin and cos reduce their argument in one step, which is off by 1e-4 at 2047, and
    // it has no pow that keeps its digits. rsqrt's approximation is of 12 bits and one Newton step;
    // 1 / sqrt is exact to an ulp.
    auto isApproximated = [](StringRef name) {
      return name != math::ExpOp::getOperationName() && name != math::SinOp::getOperationName() &&
             name != math::CosOp::getOperationName() && name != math::TanhOp::getOperationName() &&
             name != math::RsqrtOp::getOperationName() && name != math::ErfOp::getOperationName();
    };
    populateMathF32ExpansionPatterns(patterns, isApproximated);
    populateMathPolynomialApproximationPatterns(patterns, isApproximated);
    math::populateExpansionPatterns(patterns, {"rsqrt"});
    populateExactMathPatterns(patterns);
    populateDoubleMathPatterns(patterns);
    populateErfPolynomialPatterns(patterns);
    populateExpPolynomialPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
