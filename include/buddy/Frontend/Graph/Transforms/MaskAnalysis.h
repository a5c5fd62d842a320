// Reads attention masks symbolically: which keys a query excludes, and what is added to the scores.
#pragma once

#include "buddy/Frontend/Graph/Transforms/Predicate.h"

namespace buddy::graph {

// A tensor of two values: predicate ? onTrue : onFalse.
struct TwoValued {
  Predicate predicate;
  double onTrue = 0, onFalse = 0;
};

// What a boolean tensor says; a Leaf of itself if nothing else is known.
Predicate predicateOf(mlir::Value value);
// A tensor that is known to hold at most two values, or nothing.
std::optional<TwoValued> twoValuedOf(mlir::Value value);

// Collects the masks of one attention and says what they are together.
//
// Summands at excluded positions are taken to be finite: PyTorch gives NaN where a score of +inf or
// NaN meets a mask of -inf, an excluded key has weight zero.
class MaskAnalysis {
public:
  // Scores are [..., queries, keys].
  MaskAnalysis(Size queries, Size keys) : queries(queries), keys(keys) {}

  // Key <= query.
  void addCausal();
  // Keys take part where `mask` is true (false, if negated).
  void addKeep(mlir::Value mask, bool negated = false);
  // `mask` is added to the scores.
  void addBias(mlir::Value mask);
  // where(condition, scores, fill), or where(condition, fill, scores) if `fillOnTrue`. The fill
  // must be -inf, or at most -1e30 with nothing beside it but a bias; resolve() says whether.
  void addFill(mlir::Value condition, double fill, bool fillOnTrue);

  // Call once all masks are in. False: a finite fill of the scores that is neither exclusion nor
  // addition; not expressible.
  bool resolve();

  bool causal = false;
  std::optional<int64_t> window; // query - key < window
  mlir::IntegerAttr windowAttr(mlir::Builder &builder) const {
    return window ? builder.getI64IntegerAttr(*window) : mlir::IntegerAttr();
  }
  // Whether a query can be left without any key.
  bool mayBeEmpty() const;
  // Whether one that is takes the mean of all values: exclusion is by a very negative number.
  bool emptyRowsAreMean = false;
  // The attribute of that name for a softmax of masked scores.
  llvm::StringRef emptyRows() const {
    return emptyRowsAreMean ? "mean" : mayBeEmpty() ? "nan" : "zero";
  }
  // All conjuncts, or all summands, as one tensor that broadcasts to the scores; null for none.
  mlir::Value keep(mlir::OpBuilder &builder, mlir::Location loc) const;
  mlir::Value bias(mlir::OpBuilder &builder, mlir::Location loc) const;
  bool hasKeep() const { return !kept.empty(); }
  bool hasBias() const { return !biases.empty(); }

private:
  struct Summand {
    enum Kind { Keep, Bias, FiniteFill } kind;
    Predicate predicate; // Keep; FiniteFill: where nothing is added
    mlir::Value value;   // Bias, FiniteFill: null if the fill replaced scores
    llvm::SmallVector<Size> shape;
    double fill = 0;
    mlir::Value whole = {}; // what this is a part of, to be added if the part excludes nothing
  };
  static Summand biasSummand(mlir::Value value);
  // A fill that excludes, and a bias that vanishes beside one.
  static bool isStrongFill(const Summand &summand);
  static bool isSmallBias(const Summand &summand);
  static std::vector<Summand> summandsOf(mlir::Value value, int &steps);
  bool keepsAKey(const Predicate &predicate) const;
  bool fits(const Predicate &predicate, llvm::ArrayRef<Size> shape) const;

  Size queries, keys;
  std::vector<Summand> summands;
  std::vector<Predicate> kept;
  std::vector<Summand> biases;
};

} // namespace buddy::graph
