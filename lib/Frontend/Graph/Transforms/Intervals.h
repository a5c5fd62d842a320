// What the integers of a function's tensors lie between.
#pragma once

#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <optional>

namespace buddy::graph {

// Both included; sizes that each run chooses may be in them (Sizes.h).
struct Interval {
  Size low, high;
};

// Nothing if a bound is not known.
std::optional<Interval> bounded(Size low, Size high);

// Both included, whatever the symbols are; saturated at kUnbounded.
struct NumberInterval {
  int64_t low, high;
};
NumberInterval plain(const Interval &interval, llvm::ArrayRef<Symbol> symbols);

// The bounds of all integers and bools of a function, found once, in the order of its operations.
class Intervals {
public:
  using Bounds = llvm::DenseMap<mlir::Value, std::optional<Interval>>;

  // `given`: bounds of arguments that hold for another reason.
  explicit Intervals(mlir::func::FuncOp func, Bounds given = Bounds());

  // Nothing if the operations do not tell.
  std::optional<Interval> of(mlir::Value value) const { return known.lookup(value); }

private:
  std::optional<Interval> compute(mlir::Operation &op) const;
  std::optional<Interval> arithmetic(mlir::Operation &op) const;
  std::optional<Interval> clamp(mlir::Value value) const;
  std::optional<Interval> unionOf(const Interval &a, const Interval &b) const;
  std::optional<Interval> unionOf(mlir::ValueRange values) const;
  std::optional<Interval> timesUpTo(const Interval &term, Size count) const;

  llvm::SmallVector<Symbol> symbols;
  Bounds known;
};

} // namespace buddy::graph
