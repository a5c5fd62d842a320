// Bounds of integer tensors, from the ops that compute them.
#include "Intervals.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace buddy;
using namespace buddy::graph;

// Far inside of int64, so that sums and products of a few do not overflow.
static constexpr int64_t kLargest = int64_t(1) << 31;

std::optional<Interval> buddy::graph::bounded(std::optional<int64_t> first,
                                              std::optional<int64_t> last) {
  if (!first || !last)
    return std::nullopt;
  int64_t low = *first, high = *last;
  if (low < -kLargest || high > kLargest)
    return std::nullopt;
  return Interval{low, high};
}

static std::optional<Interval> constantInterval(ConstantOp op) {
  std::optional<HostTensor> table = hostTensor(op.getValue());
  std::optional<Interval> result;
  if (!table)
    return result;
  dispatchElement(table->element, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      int64_t low = std::numeric_limits<int64_t>::max(), high = -low;
      const T *data = table->data<T>();
      forEachRow<1>(table->storedShape(), {ArrayRef<int64_t>(table->strides)},
                    [&](auto offsets, int64_t count, auto inner) {
                      for (int64_t i = 0; i < count; ++i) {
                        int64_t x = data[offsets[0] + i * inner[0]];
                        low = std::min(low, x);
                        high = std::max(high, x);
                      }
                    });
      if (low <= high)
        result = bounded(low, high);
    }
  });
  return result;
}

// Bounds that depend on symbols are compared for whatever those are; where that does not say, a
// bound that holds for all of them takes their place.
static Interval unionOf(const Interval &a, const Interval &b, ArrayRef<Symbol> symbols) {
  auto lower = [&](int64_t x, int64_t y) {
    return isAtMost(x, y, symbols)   ? x
           : isAtMost(y, x, symbols) ? y
                                     : std::min(leastSize(x, symbols), leastSize(y, symbols));
  };
  auto higher = [&](int64_t x, int64_t y) {
    return isAtMost(x, y, symbols)   ? y
           : isAtMost(y, x, symbols) ? x
                                     : std::max(largestSize(x, symbols), largestSize(y, symbols));
  };
  return {lower(a.low, b.low), higher(a.high, b.high)};
}

Interval buddy::graph::plain(const Interval &interval, ArrayRef<Symbol> symbols) {
  return {leastSize(interval.low, symbols), largestSize(interval.high, symbols)};
}

static std::optional<Interval> productOf(const Interval &a, const Interval &b) {
  SmallVector<int64_t, 4> corners;
  for (int64_t x : {a.low, a.high})
    for (int64_t y : {b.low, b.high})
      if (llvm::MulOverflow(x, y, corners.emplace_back())) // of a size without a largest value
        return std::nullopt;
  return bounded(*llvm::min_element(corners), *llvm::max_element(corners));
}

// What has been found, so that a value with several readers is looked at once.
using Known = DenseMap<Value, std::optional<Interval>>;

static std::optional<Interval> findInterval(Value value, int steps, const Masks *masks,
                                            Known &known);

static std::optional<Interval> arithmeticInterval(Operation *op, int steps, const Masks *masks,
                                                  Known &known) {
  std::optional<Interval> a = findInterval(op->getOperand(0), steps, masks, known),
                          b = a ? findInterval(op->getOperand(1), steps, masks, known)
                                : std::nullopt;
  // One bound is enough for half of a maximum or minimum, but a half helps nobody here.
  if (!a || !b)
    return std::nullopt;
  SmallVector<Symbol> symbols = symbolsAround(op);
  if (isa<AddOp>(op))
    return bounded(addSizes(a->low, b->low), addSizes(a->high, b->high));
  if (isa<SubOp>(op))
    return bounded(addSizes(a->low, -b->high), addSizes(a->high, -b->low));
  *a = plain(*a, symbols);
  *b = plain(*b, symbols);
  if (isa<MaximumOp>(op))
    return bounded(std::max(a->low, b->low), std::max(a->high, b->high));
  if (isa<MinimumOp>(op))
    return bounded(std::min(a->low, b->low), std::min(a->high, b->high));
  return productOf(*a, *b);
}

// maximum(x, 0) of an x that may be anything is known from below; a clamp is both.
static std::optional<Interval> clampInterval(Value value, int steps, const Masks *masks,
                                             Known &known) {
  int64_t low = -kLargest, high = kLargest;
  SmallVector<Symbol> symbols = symbolsAround(value.getDefiningOp());
  for (Operation *op = value.getDefiningOp(); isa_and_nonnull<MaximumOp, MinimumOp>(op);
       op = value.getDefiningOp()) {
    std::optional<Interval> limit = findInterval(op->getOperand(1), steps, masks, known);
    value = op->getOperand(0);
    if (!limit) {
      limit = findInterval(op->getOperand(0), steps, masks, known);
      value = op->getOperand(1);
    }
    if (!limit)
      break;
    limit = plain(*limit, symbols);
    // The outermost limits first: what is inside can only narrow what they leave.
    if (isa<MaximumOp>(op))
      low = std::min(std::max(low, limit->low), high);
    else
      high = std::max(std::min(high, limit->high), low);
  }
  if (low == -kLargest || high == kLargest)
    return std::nullopt;
  return Interval{low, high};
}

static std::optional<Interval> computeInterval(Value value, int steps, const Masks *masks,
                                               Known &known) {
  RankedTensorType type = tensorType(value);
  Operation *op = value.getDefiningOp();
  if (type.getElementType().isInteger(1))
    return Interval{0, 1};
  if (auto input = dyn_cast<BlockArgument>(value); input && masks && masks->contains(input))
    return Interval{0, 1};
  if (!op || --steps < 0 || !isa<IntegerType>(type.getElementType()))
    return std::nullopt;
  if (auto constant = dyn_cast<ConstantOp>(op))
    return constantInterval(constant);
  if (auto arange = dyn_cast<ArangeOp>(op)) {
    auto start = dyn_cast<IntegerAttr>(arange.getStart()),
         step = dyn_cast<IntegerAttr>(arange.getStep());
    if (!start || !step || type.getNumElements() == 0)
      return std::nullopt;
    if (isSymbolic(type) && step.getInt() != 1)
      return std::nullopt;
    int64_t first = start.getInt(), length;
    if (llvm::MulOverflow(step.getInt(), type.getNumElements() - 1, length))
      return std::nullopt;
    std::optional<int64_t> last = addSizes(first, length);
    return last ? bounded(std::min(first, *last), std::max(first, *last)) : std::nullopt;
  }
  if (isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp, ConvertOp, GatherOp, AmaxOp>(op))
    return findInterval(op->getOperand(0), steps, masks, known);
  if (isa<CatOp>(op)) {
    std::optional<Interval> all;
    for (Value part : op->getOperands()) {
      std::optional<Interval> one = findInterval(part, steps, masks, known);
      if (!one)
        return std::nullopt;
      all = all ? unionOf(*all, *one, symbolsAround(op)) : *one;
    }
    return all;
  }
  if (auto where = dyn_cast<WhereOp>(op)) {
    std::optional<Interval> a = findInterval(where.getOnTrue(), steps, masks, known),
                            b = findInterval(where.getOnFalse(), steps, masks, known);
    if (!a || !b)
      return std::nullopt;
    return unionOf(*a, *b, symbolsAround(op));
  }
  if (auto cumsum = dyn_cast<CumsumOp>(op)) {
    std::optional<Interval> term = findInterval(cumsum.getInput(), steps, masks, known);
    int64_t count = type.getDimSize(cumsum.getDim());
    if (!term || count > kLargest)
      return std::nullopt;
    // Zeros and ones, counted, are at most as many as there are.
    if (isSymbolic(count) && (term->low < 0 || term->high > 1)) {
      count = largestSize(count, symbolsAround(op));
      *term = plain(*term, symbolsAround(op));
      if (count > kLargest)
        return std::nullopt;
    }
    return productOf(*term, {1, count});
  }
  if (auto neg = dyn_cast<NegOp>(op)) {
    std::optional<Interval> x = findInterval(neg.getInput(), steps, masks, known);
    return x ? bounded(-x->high, -x->low) : std::nullopt;
  }
  if (isa<MaximumOp, MinimumOp>(op))
    if (std::optional<Interval> clamped = clampInterval(value, steps, masks, known))
      return clamped;
  if (isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op))
    return arithmeticInterval(op, steps, masks, known);
  return std::nullopt;
}

static std::optional<Interval> findInterval(Value value, int steps, const Masks *masks,
                                            Known &known) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  std::optional<Interval> interval = computeInterval(value, steps, masks, known);
  known[value] = interval;
  return interval;
}

std::optional<Interval> buddy::graph::intervalOf(Value value, int steps, const Masks *masks) {
  Known known;
  return findInterval(value, steps, masks, known);
}
