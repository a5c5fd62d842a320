// tanh as a polynomial.
#pragma once

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace buddy {

// tanh of f32, scalar or vector, within 2 units in the last place; tanh(NaN) is NaN, and -0 stays
// -0. Leaves a math.exp behind for populateExpPolynomialPatterns.
void populateTanhPolynomialPatterns(mlir::RewritePatternSet &patterns);

} // namespace buddy
