// What the integers of a tensor lie between.
#pragma once

#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "llvm/ADT/SetVector.h"
#include <optional>

namespace buddy::graph {

// Both included; sizes that each run chooses may be in them (Sizes.h).
struct Interval {
  int64_t low, high;
};

// Inputs that are taken to hold zeros and ones only.
using Masks = llvm::SmallSetVector<mlir::BlockArgument, 2>;

// Nothing if a bound is missing, or far outside of what indices are.
std::optional<Interval> bounded(std::optional<int64_t> low, std::optional<int64_t> high);
// With numbers for bounds that depend on symbols.
Interval plain(const Interval &interval, llvm::ArrayRef<Symbol> symbols);

// Of a tensor of integers or bools; nothing if its ops do not tell within so many steps.
std::optional<Interval> intervalOf(mlir::Value value, int steps, const Masks *masks = nullptr);

} // namespace buddy::graph
