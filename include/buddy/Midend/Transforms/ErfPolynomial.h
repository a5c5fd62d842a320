// erf and tanh as polynomials.
#pragma once

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace buddy {

// erf and tanh of f32, scalar or vector, within 1.5 units in the last place. NaN gives NaN, and the
// infinities give 1 and -1; -0 gives -0. They need the pattern of exp (ExpPolynomial.h).
void populateErfPolynomialPatterns(mlir::RewritePatternSet &patterns);

} // namespace buddy
