// exp as a polynomial.
#pragma once

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace buddy {

// exp of f32, scalar or vector, within 0.9 units in the last place where the result is a normal
// number; results below the smallest normal number become 0. exp(NaN) is NaN, exp(-inf) is 0 and
// above 88.7228 it is infinity.
void populateExpPolynomialPatterns(mlir::RewritePatternSet &patterns);

} // namespace buddy
