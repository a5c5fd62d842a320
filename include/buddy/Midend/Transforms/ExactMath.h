// Functions whose float approximations would lose too much.
#pragma once

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace buddy {

// sin, cos and pow of f32, scalar or vector, become arithmetic in f64 that is rounded once.
// Right to an ulp for every argument, infinities and NaN included.
void populateExactMathPatterns(mlir::RewritePatternSet &patterns);

} // namespace buddy
