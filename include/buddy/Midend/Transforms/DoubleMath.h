// Elementary functions of f64.
#pragma once

#include "mlir/IR/PatternMatch.h"

namespace buddy {

// erf of f64 is made of exp.
void populateDoubleMathPatterns(mlir::RewritePatternSet &patterns);

// Whether the op is a function of f64 that becomes a call of libm.
bool isLibmCall(mlir::Operation *op);

} // namespace buddy
