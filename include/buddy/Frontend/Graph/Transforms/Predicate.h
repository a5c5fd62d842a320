// Predicates over (query, key) positions, as a tree: what an attention mask says.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/IR/Builders.h"
#include <optional>
#include <vector>

namespace buddy::graph {

struct Predicate {
  enum Kind {
    True,
    False,
    Leaf,  // a boolean tensor, or its negation
    Lower, // key <= query + diagonal
    Upper, // key >= query + diagonal
    And,
    Or
  };
  Kind kind = True;

  // Leaf: `value` reshaped to `shape`, which broadcasts to the predicate's shape.
  mlir::Value value;
  llvm::SmallVector<Size> shape;
  bool negated = false;

  // Lower and Upper: over a tensor whose last two dimensions are queries x keys.
  Size diagonal = 0, queries = 0, keys = 0;

  std::vector<Predicate> children; // And, Or

  static Predicate constant(bool value);
  static Predicate leaf(mlir::Value value);
  // Constants where the diagonal lies outside the matrix.
  static Predicate lower(Size diagonal, Size queries, Size keys);
  static Predicate upper(Size diagonal, Size queries, Size keys);
  // Flat: no And in an And, no constants in either.
  static Predicate all(std::vector<Predicate> children);
  static Predicate any(std::vector<Predicate> children);
  Predicate negate() const;

  bool hasTriangle() const;
  bool operator==(const Predicate &other) const;

  // The same predicate over a tensor of shape `from` that was reshaped or expanded to `to`; nothing
  // if positions in it would change their meaning.
  std::optional<Predicate> reshaped(llvm::ArrayRef<Size> from, llvm::ArrayRef<Size> to) const;
  std::optional<Predicate> expanded(llvm::ArrayRef<Size> from, llvm::ArrayRef<Size> to) const;

  // A boolean tensor that says the same, broadcastable to the predicate's shape.
  mlir::Value materialize(mlir::OpBuilder &builder, mlir::Location loc) const;
};

} // namespace buddy::graph
