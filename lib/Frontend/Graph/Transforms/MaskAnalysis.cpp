// Which keys a query excludes, and what is added to the scores, put together from all masks.
#include "buddy/Frontend/Graph/Transforms/MaskAnalysis.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {

// Masks are small expressions; a larger one stays a tensor.
static constexpr int kMostSteps = 64;
static constexpr double kMinusInfinity = -INFINITY;
// Far below any score, so that exp(score + fill - largest score) is exactly zero in float.
static constexpr double kFillThatUnderflows = -1e30;

MaskAnalysis::Summand MaskAnalysis::biasSummand(Value value) {
  ArrayRef<int64_t> shape = tensorType(value).getShape();
  return {Summand::Bias, Predicate(), value, SmallVector<int64_t>(shape)};
}

// Carries summands of `from`'s shape over a view to `to`; nothing if that is not possible.
template <typename Summands, typename Map>
static bool mapSummands(Summands &summands, Map mapPredicate, ArrayRef<int64_t> from,
                        ArrayRef<int64_t> to, bool isReshape) {
  for (auto &summand : summands) {
    std::optional<Predicate> predicate = mapPredicate(summand.predicate);
    if (!predicate)
      return false;
    summand.predicate = std::move(*predicate);
    if (!summand.value || !isReshape)
      continue;
    Predicate asLeaf;
    asLeaf.kind = Predicate::Leaf;
    asLeaf.shape = summand.shape;
    std::optional<Predicate> shape = asLeaf.reshaped(from, to);
    if (!shape)
      return false;
    summand.shape = shape->shape;
  }
  return true;
}

std::vector<MaskAnalysis::Summand> MaskAnalysis::summandsOf(Value value, int &steps) {
  RankedTensorType type = tensorType(value);
  SmallVector<int64_t> shape(type.getShape());
  if (--steps < 0)
    return {biasSummand(value)};
  if (std::optional<TwoValued> two = twoValuedOf(value)) {
    for (bool flip : {false, true}) {
      double kept = flip ? two->onFalse : two->onTrue, other = flip ? two->onTrue : two->onFalse;
      Predicate predicate = flip ? two->predicate.negate() : two->predicate;
      if (predicate.kind == Predicate::True)
        other = kept;
      if (kept != 0)
        continue;
      if (other == 0)
        return {};
      if (other == kMinusInfinity)
        return {{Summand::Keep, predicate, Value(), shape}};
      if (std::isfinite(other))
        return {{Summand::FiniteFill, predicate, value, shape, other}};
    }
    return {biasSummand(value)};
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<ReshapeOp, ExpandOp>(op)) {
    ArrayRef<int64_t> from = tensorType(op->getOperand(0)).getShape();
    std::vector<Summand> summands = summandsOf(op->getOperand(0), steps);
    bool isReshape = isa<ReshapeOp>(op);
    auto map = [&](const Predicate &predicate) {
      return isReshape ? predicate.reshaped(from, shape) : predicate.expanded(from, shape);
    };
    if (mapSummands(summands, map, from, shape, isReshape))
      return summands;
    return {biasSummand(value)};
  }
  // What stretches over queries or keys must not be read as positions.
  auto partsOf = [&](Value part) -> std::vector<Summand> {
    std::vector<Summand> summands = summandsOf(part, steps);
    bool stretches = !sameTrailing(tensorType(part).getShape(), shape, 2);
    for (Summand &summand : summands)
      if (stretches && summand.predicate.hasTriangle())
        return {biasSummand(part)};
    return summands;
  };
  if (auto add = dyn_cast_or_null<AddOp>(op)) {
    std::vector<Summand> parts = partsOf(add.getLhs()), right = partsOf(add.getRhs());
    auto onlyBias = [](const std::vector<Summand> &summands) {
      return llvm::all_of(summands, [](const Summand &s) { return s.kind != Summand::Keep; });
    };
    // Nothing is gained by taking a sum apart that excludes nothing; and kept as one it rounds and
    // overflows as PyTorch's does.
    if (onlyBias(parts) && onlyBias(right) && !parts.empty() && !right.empty())
      return {biasSummand(value)};
    llvm::append_range(parts, right);
    return parts;
  }
  if (auto where = dyn_cast_or_null<WhereOp>(op)) {
    for (bool fillOnTrue : {false, true}) {
      Value fill = fillOnTrue ? where.getOnTrue() : where.getOnFalse();
      Value other = fillOnTrue ? where.getOnFalse() : where.getOnTrue();
      std::optional<double> splat = splatValue(fill);
      if (!splat || *splat != kMinusInfinity)
        continue;
      Predicate predicate = predicateOf(where.getCondition());
      if (predicate.hasTriangle() &&
          !sameTrailing(tensorType(where.getCondition()).getShape(), shape, 2))
        return {biasSummand(value)};
      std::vector<Summand> parts = partsOf(other);
      parts.push_back({Summand::Keep, fillOnTrue ? predicate.negate() : predicate, Value(), shape});
      return parts;
    }
  }
  return {biasSummand(value)};
}

bool MaskAnalysis::fits(const Predicate &predicate, ArrayRef<int64_t> shape) const {
  return !predicate.hasTriangle() ||
         (shape.size() >= 2 && shape[shape.size() - 2] == queries && shape.back() == keys);
}

void MaskAnalysis::addCausal() {
  summands.push_back(
      {Summand::Keep, Predicate::lower(0, queries, keys), Value(), {queries, keys}, 0});
}

void MaskAnalysis::addKeep(Value mask, bool negated) {
  SmallVector<int64_t> shape(tensorType(mask).getShape());
  Predicate predicate = predicateOf(mask);
  if (!fits(predicate, shape))
    predicate = Predicate::leaf(mask);
  summands.push_back({Summand::Keep, negated ? predicate.negate() : predicate, Value(), shape});
}

void MaskAnalysis::addBias(Value mask) {
  SmallVector<int64_t> shape(tensorType(mask).getShape());
  int steps = kMostSteps;
  std::vector<Summand> parts = summandsOf(mask, steps);
  if (llvm::all_of(parts, [&](const Summand &s) { return fits(s.predicate, shape); }))
    llvm::append_range(summands, parts);
  else
    summands.push_back(biasSummand(mask));
}

void MaskAnalysis::addFill(Value condition, double fill, bool fillOnTrue) {
  addKeep(condition, fillOnTrue);
  if (fill == kMinusInfinity)
    return;
  summands.back().kind = Summand::FiniteFill;
  summands.back().fill = fill;
}

// Whether every query keeps a key for sure: under a causal mask its first one, in a window too its
// own.
bool MaskAnalysis::keepsAKey(const Predicate &predicate) const {
  auto keepsOwn = [](const Predicate &part) {
    return (part.kind == Predicate::Lower && isAtMost(0, part.diagonal, {})) ||
           (part.kind == Predicate::Upper && isAtMost(part.diagonal, 0, {}));
  };
  if (predicate.kind == Predicate::And)
    return isAtMost(queries, keys, {}) && llvm::all_of(predicate.children, keepsOwn);
  return predicate.kind == Predicate::True ||
         (keepsOwn(predicate) &&
          (predicate.kind == Predicate::Lower || isAtMost(queries, keys, {})));
}

bool MaskAnalysis::mayBeEmpty() const {
  return hasKeep() || hasBias() || (window && !isAtMost(queries, keys, {}));
}

bool MaskAnalysis::resolve() {
  // A lone mask of very negative numbers excludes where every query keeps a key.
  if (summands.size() == 1 && summands[0].kind == Summand::FiniteFill &&
      summands[0].fill <= kFillThatUnderflows && keepsAKey(summands[0].predicate))
    summands[0].kind = Summand::Keep;
  std::vector<Predicate> conjuncts;
  for (Summand &summand : summands) {
    if (summand.kind == Summand::Keep) {
      conjuncts.push_back(summand.predicate);
    } else if (summand.value) {
      biases.push_back(summand);
    } else if (summand.predicate.kind != Predicate::True) {
      return false;
    }
  }
  Predicate all = Predicate::all(std::move(conjuncts));
  if (all.kind == Predicate::And)
    kept = all.children;
  else if (all.kind != Predicate::True)
    kept.push_back(all);
  Predicate causalPredicate = Predicate::lower(0, queries, keys);
  llvm::erase_if(kept, [&](const Predicate &predicate) {
    bool isCausal = predicate.kind == Predicate::Lower && predicate == causalPredicate;
    causal |= isCausal;
    // key >= query + diagonal is query - key < 1 - diagonal.
    bool isWindow = predicate.kind == Predicate::Upper && predicate.diagonal <= 0 &&
                    !isSymbolic(predicate.diagonal) && predicate.queries == queries &&
                    predicate.keys == keys;
    if (isWindow)
      window = std::min(window.value_or(1 - predicate.diagonal), 1 - predicate.diagonal);
    return isCausal || isWindow;
  });
  return true;
}

Value MaskAnalysis::keep(OpBuilder &builder, Location loc) const {
  if (kept.empty())
    return {};
  return Predicate::all(kept).materialize(builder, loc);
}

Value MaskAnalysis::bias(OpBuilder &builder, Location loc) const {
  Value sum;
  for (const Summand &summand : biases) {
    Value value = reshapeTo(builder, loc, summand.value, summand.shape);
    sum = sum ? createBinary<AddOp>(builder, loc, sum, value) : value;
  }
  return sum;
}

} // namespace buddy::graph
