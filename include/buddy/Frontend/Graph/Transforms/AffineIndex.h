// Tensors whose elements are a linear function of their position, such as arange.
#pragma once

#include "buddy/Frontend/Graph/Transforms/Predicate.h"

namespace buddy::graph {

// Element at index x is constant + sum of coefficients[d] * x[d].
struct AffineIndex {
  llvm::SmallVector<int64_t> coefficients;
  Size constant = 0;
};

// Reads arange, constants, views, casts, sums, differences and multiples. All values met are
// integers of at most 2^24, so that they are exact in every element type.
std::optional<AffineIndex> affineIndex(mlir::Value value);

// A comparison of two such tensors whose outcome depends on key - query alone (the last two
// dimensions), as Lower, Upper, True or False.
std::optional<Predicate> compareAffine(mlir::Operation *comparison);

} // namespace buddy::graph
