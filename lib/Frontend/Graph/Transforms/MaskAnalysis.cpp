// Which keys a query excludes, and what is added to the scores, put together from all masks.
#include "buddy/Frontend/Graph/Transforms/MaskAnalysis.h"
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/BuiltinOps.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {

// Masks are small expressions; a larger one stays a tensor.
static constexpr int kMostSteps = 64;
static constexpr double kMinusInfinity = -INFINITY;
// Far below any score: exp(score + fill - largest score) is exactly zero, and score + fill is fill,
// in f32 as in f64, for scores up to kAbsorbed.
static constexpr double kFillThatUnderflows = -1e30;
static constexpr double kAbsorbed = 1e13;

// What is trained is taken to hold numbers of this size at most.
static constexpr double kLargestParameter = 1e6;

// A buffer is not: it may be a mask of -inf.
static bool isTrained(ParamOp op) {
  auto module = op->getParentOfType<ModuleOp>();
  auto listed = module ? module->getAttrOfType<ArrayAttr>("buddy.parameters") : ArrayAttr();
  return listed && llvm::any_of(listed, [&](Attribute entry) {
           auto fields = dyn_cast<DictionaryAttr>(entry);
           auto kind = fields ? fields.getAs<StringAttr>("kind") : StringAttr();
           return kind && kind == "parameter" && fields.get("name") == op.getNameAttr();
         });
}

// What no element of `value` exceeds in size; nothing if that is not known, as for an input.
static std::optional<double> magnitudeOf(Value value, int &steps) {
  Type element = tensorType(value).getElementType();
  if (element.isInteger(1))
    return 1;
  // Of positions and lengths. An f32 fill absorbs larger integers of 64 bits too.
  if (isa<IntegerType>(element))
    return std::ldexp(1.0, 31);
  Operation *op = value.getDefiningOp();
  if (!op || --steps < 0)
    return std::nullopt;
  if (auto param = dyn_cast<ParamOp>(op))
    return isTrained(param) ? std::optional(kLargestParameter) : std::nullopt;
  if (std::optional<double> splat = splatValue(value))
    return std::isfinite(*splat) ? std::optional(std::fabs(*splat)) : std::nullopt;
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    std::optional<HostTensor> table = hostTensor(constant.getValue());
    double largest = 0;
    if (!table)
      return std::nullopt;
    dispatchElement(table->element, [&](auto zero) {
      using T = decltype(zero);
      const T *data = table->data<T>();
      forEachRow<1>(table->storedShape(), {ArrayRef<int64_t>(table->strides)},
                    [&](auto offsets, int64_t count, auto inner) {
                      for (int64_t i = 0; i < count; ++i) {
                        double size = std::fabs(double(data[offsets[0] + i * inner[0]]));
                        largest = size <= largest ? largest : size; // NaN stays
                      }
                    });
    });
    return std::isfinite(largest) ? std::optional(largest) : std::nullopt;
  }
  if (isa<TanhOp, SigmoidOp, SinOp, CosOp>(op))
    return 1;
  if (isHalf(element)) // what it was rounded from may have been less
    return std::nullopt;
  if (isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp, GatherOp, ConvertOp, NegOp, AbsOp>(op))
    return magnitudeOf(op->getOperand(0), steps);
  if (!isa<AddOp, SubOp, MulOp>(op))
    return std::nullopt;
  std::optional<double> a = magnitudeOf(op->getOperand(0), steps),
                        b = a ? magnitudeOf(op->getOperand(1), steps) : std::nullopt;
  if (!b)
    return std::nullopt;
  return isa<MulOp>(op) ? *a * *b : *a + *b;
}

MaskAnalysis::Summand MaskAnalysis::biasSummand(Value value) {
  return {Summand::Bias, Predicate(), value, SmallVector<Size>(sizesOf(value))};
}

bool MaskAnalysis::isStrongFill(const Summand &summand) {
  return summand.kind == Summand::FiniteFill && summand.fill <= kFillThatUnderflows;
}

bool MaskAnalysis::isSmallBias(const Summand &summand) {
  if (summand.kind != Summand::Bias)
    return false;
  int steps = kMostSteps;
  std::optional<double> largest = magnitudeOf(summand.value, steps);
  return largest && *largest <= kAbsorbed;
}

// Carries summands of `from`'s shape over a view to `to`; nothing if that is not possible.
template <typename Summands, typename Map>
static bool mapSummands(Summands &summands, Map mapPredicate, ArrayRef<Size> from,
                        ArrayRef<Size> to, bool isReshape) {
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
  SmallVector<Size> shape(sizesOf(value));
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
    ArrayRef<Size> from = sizesOf(op->getOperand(0));
    std::vector<Summand> summands = summandsOf(op->getOperand(0), steps);
    bool isReshape = isa<ReshapeOp>(op);
    auto map = [&](const Predicate &predicate) {
      return isReshape ? predicate.reshaped(from, shape) : predicate.expanded(from, shape);
    };
    if (mapSummands(summands, map, from, shape, isReshape)) {
      for (Summand &summand : summands)
        if (summand.whole)
          summand.whole = value;
      return summands;
    }
    return {biasSummand(value)};
  }
  // What stretches over queries or keys must not be read as positions.
  auto partsOf = [&](Value part) -> std::vector<Summand> {
    std::vector<Summand> summands = summandsOf(part, steps);
    bool stretches = !sameTrailing(sizesOf(part), shape, 2);
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
    // A fill that excludes, beside what vanishes in it.
    auto excludes = [](const std::vector<Summand> &fill, const std::vector<Summand> &rest) {
      return fill.size() == 1 && isStrongFill(fill[0]) && llvm::all_of(rest, isSmallBias);
    };
    // Nothing is gained by taking a sum apart that excludes nothing; and kept as one it rounds and
    // overflows as PyTorch's does.
    if (onlyBias(parts) && onlyBias(right) && !parts.empty() && !right.empty() &&
        !excludes(parts, right) && !excludes(right, parts))
      return {biasSummand(value)};
    llvm::append_range(parts, right);
    return parts;
  }
  if (auto where = dyn_cast_or_null<WhereOp>(op)) {
    for (bool fillOnTrue : {false, true}) {
      Value fill = fillOnTrue ? where.getOnTrue() : where.getOnFalse();
      Value other = fillOnTrue ? where.getOnFalse() : where.getOnTrue();
      std::optional<double> splat = splatValue(fill);
      if (!splat || !(*splat <= kFillThatUnderflows))
        continue;
      Predicate predicate = predicateOf(where.getCondition());
      if (predicate.hasTriangle() && !sameTrailing(sizesOf(where.getCondition()), shape, 2))
        return {biasSummand(value)};
      std::vector<Summand> parts = partsOf(other);
      if (fillOnTrue)
        predicate = predicate.negate();
      if (*splat == kMinusInfinity) {
        parts.push_back({Summand::Keep, predicate, Value(), shape});
        return parts;
      }
      // A finite fill in place of what would vanish in it is as if it were added.
      if (!llvm::all_of(parts, isSmallBias))
        continue;
      parts.push_back({Summand::FiniteFill, predicate, Value(), shape, *splat});
      for (Summand &part : parts)
        part.whole = value;
      return parts;
    }
  }
  return {biasSummand(value)};
}

bool MaskAnalysis::fits(const Predicate &predicate, ArrayRef<Size> shape) const {
  return !predicate.hasTriangle() ||
         (shape.size() >= 2 && shape[shape.size() - 2] == queries && shape.back() == keys);
}

void MaskAnalysis::addCausal() {
  summands.push_back(
      {Summand::Keep, Predicate::lower(0, queries, keys), Value(), {queries, keys}, 0});
}

void MaskAnalysis::addKeep(Value mask, bool negated) {
  SmallVector<Size> shape(sizesOf(mask));
  Predicate predicate = predicateOf(mask);
  if (!fits(predicate, shape))
    predicate = Predicate::leaf(mask);
  summands.push_back({Summand::Keep, negated ? predicate.negate() : predicate, Value(), shape});
}

void MaskAnalysis::addBias(Value mask) {
  SmallVector<Size> shape(sizesOf(mask));
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
  // One mask of very negative numbers excludes. A query that keeps no key is left with equal
  // scores.
  auto fill = llvm::find_if(summands, isStrongFill);
  if (fill != summands.end() && llvm::all_of(summands, [&](const Summand &summand) {
        return &summand == &*fill || isSmallBias(summand);
      })) {
    fill->kind = Summand::Keep;
    emptyRowsAreMean = !keepsAKey(fill->predicate);
  }
  for (size_t i = 0; i < summands.size(); ++i) {
    Value whole = summands[i].whole;
    if (summands[i].kind != Summand::FiniteFill || !whole)
      continue;
    llvm::erase_if(summands, [&](const Summand &summand) { return summand.whole == whole; });
    summands.push_back(biasSummand(whole));
    i = size_t(-1);
  }
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
    std::optional<int64_t> diagonal = predicate.diagonal.asNumber();
    bool isWindow = predicate.kind == Predicate::Upper && diagonal && *diagonal <= 0 &&
                    predicate.queries == queries && predicate.keys == keys;
    if (isWindow)
      window = std::min(window.value_or(1 - *diagonal), 1 - *diagonal);
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
