// Sizes that the compiler has as affine expressions, as the package has them.
#pragma once

#include "SizeExpression.h"
#include "mlir/IR/AffineMap.h"
#include <optional>
#include <vector>

namespace buddy {

// The results of a map from the first symbols of `numSymbols` to sizes. Nothing if there is a
// dimension in it, another symbol, anything but sums and products, or a number beyond 64 bits.
std::optional<std::vector<runtime::SizeExpression>> sizesOf(mlir::AffineMap map, size_t numSymbols);

} // namespace buddy
