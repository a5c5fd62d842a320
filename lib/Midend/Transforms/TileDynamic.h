// Tiles of known sizes in a loop whose length each run chooses.
#pragma once

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace buddy {

// Replaces `op` by loops over dimension `dim` in tiles of sizes[0] as long as whole ones fit, then
// of sizes[1], and so on; `pieces` gets the op on one tile of each. What is left after the last
// size becomes a piece of its own, with `keepRest`; else the last size must be 1. A value that the
// op starts from and nothing else reads is computed tile by tile with it.
llvm::LogicalResult tileDynamic(mlir::RewriterBase &rewriter, mlir::linalg::LinalgOp op,
                                unsigned dim, llvm::ArrayRef<int64_t> sizes, bool keepRest,
                                llvm::SmallVectorImpl<mlir::linalg::LinalgOp> &pieces);

} // namespace buddy
