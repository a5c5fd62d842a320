// Finds layers that are equal but for their parameters.
#pragma once

#include "mlir/IR/Operation.h"
#include <optional>

namespace buddy::graph {

// `count` instances of `period` ops each, one after the other from position `first` on.
struct RepeatedLayers {
  size_t first, period, count;

  size_t end() const { return first + period * count; }
  // Op `j` of instance `i`, of the list that was searched.
  mlir::Operation *op(llvm::ArrayRef<mlir::Operation *> ops, size_t i, size_t j) const {
    return ops[first + i * period + j];
  }
};

// The repetition in `ops` that covers most of them. Its instances are equal op by op: kind,
// attributes and types; an operand is in all of them the result of the same op of the instance or
// of the one before, a parameter (`isParameter`), a state of the program (`isState`), an equal
// constant, or one value from outside. Each uses a result of the one before, and holds a
// contraction: a call must be worth it. None if there is no such repetition.
std::optional<RepeatedLayers>
findRepeatedLayers(llvm::ArrayRef<mlir::Operation *> ops,
                   llvm::function_ref<bool(mlir::Operation *)> isParameter,
                   llvm::function_ref<bool(mlir::Value)> isState);

} // namespace buddy::graph
