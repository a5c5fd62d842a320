// The mark by which tiling tells vectorization that an op is one tile.
#pragma once

#include "mlir/IR/Operation.h"

namespace buddy {

inline constexpr llvm::StringLiteral kVectorizeAttr = "buddy.vectorize";

// `op` has static loops that fit in registers: VectorizeTiles makes one vector op of it.
void markForVectorization(mlir::Operation *op);

} // namespace buddy
