// Rewriting until nothing changes.
#pragma once

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace buddy {

// Applies the patterns below `op` until none matches. Upstream gives up after ten rounds unless
// told otherwise, and a chain in which each step makes the next one possible takes as many as it is
// long.
inline llvm::LogicalResult rewriteToFixpoint(mlir::Operation *op,
                                             mlir::RewritePatternSet &&patterns) {
  mlir::GreedyRewriteConfig config;
  config.setMaxIterations(mlir::GreedyRewriteConfig::kNoLimit);
  return mlir::applyPatternsGreedily(op, std::move(patterns), config);
}

} // namespace buddy
