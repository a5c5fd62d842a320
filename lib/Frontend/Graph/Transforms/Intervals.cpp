// Bounds of integer tensors, from the ops that compute them.
#include "Intervals.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
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

// The same of plain numbers, which larger ones are not told from sizes.
static std::optional<Interval> ofNumbers(int64_t low, int64_t high) {
  return isSymbolic({low, high}) ? std::nullopt : std::optional(Interval{low, high});
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
        result = ofNumbers(low, high);
    }
  });
  return result;
}

Interval buddy::graph::plain(const Interval &interval, ArrayRef<Symbol> symbols) {
  return {leastSize(interval.low, symbols), largestSize(interval.high, symbols)};
}

// Of plain numbers; nothing if one of them is far outside.
static std::optional<Interval> productOf(const Interval &a, const Interval &b) {
  if (isSymbolic({a.low, a.high, b.low, b.high}))
    return std::nullopt;
  auto [low, high] = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
  return ofNumbers(low, high);
}

static std::optional<Interval> arangeInterval(ArangeOp op) {
  auto start = dyn_cast<IntegerAttr>(op.getStart()), step = dyn_cast<IntegerAttr>(op.getStep());
  RankedTensorType type = op.getType();
  if (!start || !step || type.getNumElements() == 0 || (isSymbolic(type) && step.getInt() != 1))
    return std::nullopt;
  int64_t first = start.getInt(), length;
  if (llvm::MulOverflow(step.getInt(), type.getNumElements() - 1, length))
    return std::nullopt;
  std::optional<int64_t> last = addSizes(first, length);
  return last ? bounded(std::min(first, *last), std::max(first, *last)) : std::nullopt;
}

Intervals::Intervals(func::FuncOp func, Bounds given)
    : symbols(symbolsAround(func)), known(std::move(given)) {
  if (func.isExternal())
    return;
  // No run takes more, whatever the program says.
  for (Symbol &symbol : symbols)
    symbol.max = std::min<int64_t>(symbol.max, kLargest - 1);
  for (Value argument : func.getArguments())
    if (getElementTypeOrSelf(argument.getType()).isInteger(1))
      known[argument] = Interval{0, 1};
  for (Operation &op : func.getBody().front())
    for (Value result : op.getResults()) {
      Type element = getElementTypeOrSelf(result.getType());
      if (!isa<IntegerType>(element))
        continue;
      std::optional<Interval> interval = element.isInteger(1) ? Interval{0, 1} : compute(op);
      // 32 bits wrap, as in PyTorch.
      if (interval && element.isInteger(32) && plain(*interval, symbols).high >= kLargest)
        interval.reset();
      if (interval)
        known[result] = interval;
    }
}

// Bounds that depend on symbols are compared for whatever those are; where that does not say, a
// bound that holds for all of them takes their place.
std::optional<Interval> Intervals::unionOf(const Interval &a, const Interval &b) const {
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
  Interval both = {lower(a.low, b.low), higher(a.high, b.high)};
  auto isOwn = [&](int64_t bound) {
    return !isSymbolic(bound) || llvm::is_contained({a.low, a.high, b.low, b.high}, bound);
  };
  return isOwn(both.low) && isOwn(both.high) ? std::optional(both) : std::nullopt;
}

std::optional<Interval> Intervals::unionOf(ValueRange values) const {
  std::optional<Interval> all;
  for (Value value : values) {
    std::optional<Interval> one = of(value);
    if (!one)
      return std::nullopt;
    all = all ? unionOf(*all, *one) : one;
  }
  return all;
}

std::optional<Interval> Intervals::arithmetic(Operation &op) const {
  std::optional<Interval> a = of(op.getOperand(0)), b = of(op.getOperand(1));
  // One bound is enough for half of a maximum or minimum, but a half helps nobody here.
  if (!a || !b)
    return std::nullopt;
  std::optional<Interval> exact;
  if (isa<AddOp>(op))
    exact = bounded(addSizes(a->low, b->low), addSizes(a->high, b->high));
  if (isa<SubOp>(op))
    exact = bounded(addSizes(a->low, -b->high), addSizes(a->high, -b->low));
  if (exact)
    return exact;
  *a = plain(*a, symbols);
  *b = plain(*b, symbols);
  if (isa<AddOp, SubOp>(op) && isSymbolic({a->low, a->high, b->low, b->high}))
    return std::nullopt;
  if (isa<AddOp>(op))
    return ofNumbers(a->low + b->low, a->high + b->high);
  if (isa<SubOp>(op))
    return ofNumbers(a->low - b->high, a->high - b->low);
  if (isa<MaximumOp>(op))
    return ofNumbers(std::max(a->low, b->low), std::max(a->high, b->high));
  if (isa<MinimumOp>(op))
    return ofNumbers(std::min(a->low, b->low), std::min(a->high, b->high));
  if (isa<FloorDivOp>(op)) {
    // Nothing is farther from zero than what is divided.
    int64_t most = std::max(std::abs(a->low), std::abs(a->high));
    return b->low >= 1 ? ofNumbers(std::min<int64_t>(a->low, 0), std::max<int64_t>(a->high, 0))
                       : ofNumbers(-most, most);
  }
  return ::productOf(*a, *b);
}

// maximum(x, 0) of an x that may be anything is known from below; a clamp is both.
std::optional<Interval> Intervals::clamp(Value value) const {
  int64_t low = -kLargest, high = kLargest;
  for (Operation *op = value.getDefiningOp(); isa_and_nonnull<MaximumOp, MinimumOp>(op);
       op = value.getDefiningOp()) {
    std::optional<Interval> limit = of(op->getOperand(1));
    value = op->getOperand(0);
    if (!limit) {
      limit = of(op->getOperand(0));
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
  return ofNumbers(low, high);
}

// A sum of some of `count` terms.
std::optional<Interval> Intervals::timesUpTo(const Interval &term, int64_t count) const {
  // Zeros and ones, counted, are at most as many as there are.
  if (isSymbolic(count) && term.low >= 0 && term.high <= 1)
    return Interval{term.low, term.high ? count : 0};
  return ::productOf(plain(term, symbols), {1, largestSize(count, symbols)});
}

std::optional<Interval> Intervals::compute(Operation &op) const {
  if (auto constant = dyn_cast<ConstantOp>(op))
    return constantInterval(constant);
  if (auto arange = dyn_cast<ArangeOp>(op))
    return arangeInterval(arange);
  if (isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp, ConvertOp, GatherOp, AmaxOp>(op))
    return of(op.getOperand(0));
  if (isa<CatOp>(op))
    return unionOf(op.getOperands());
  if (isa<WhereOp>(op))
    return unionOf(op.getOperands().drop_front());
  if (auto copy = dyn_cast<IndexCopyOp>(op))
    return unionOf({copy.getInput(), copy.getSource()});
  if (isa<TrilOp, TriuOp>(op)) {
    std::optional<Interval> x = of(op.getOperand(0));
    return x ? unionOf(*x, {0, 0}) : std::nullopt;
  }
  if (auto cumsum = dyn_cast<CumsumOp>(op)) {
    std::optional<Interval> term = of(cumsum.getInput());
    return term ? timesUpTo(*term, cumsum.getType().getDimSize(cumsum.getDim())) : std::nullopt;
  }
  if (auto sum = dyn_cast<SumOp>(op)) {
    std::optional<Interval> all = of(sum.getInput());
    for (int64_t dim : sum.getDims())
      all = all ? timesUpTo(*all, tensorType(sum.getInput()).getDimSize(dim)) : all;
    return all;
  }
  if (isa<NegOp, AbsOp>(op)) {
    std::optional<Interval> x = of(op.getOperand(0));
    if (!x || isa<NegOp>(op))
      return x ? bounded(-x->high, -x->low) : x;
    *x = plain(*x, symbols);
    return ofNumbers(0, std::max(std::abs(x->low), std::abs(x->high)));
  }
  if (isa<MaximumOp, MinimumOp>(op))
    if (std::optional<Interval> clamped = clamp(op.getResult(0)))
      return clamped;
  if (isa<AddOp, SubOp, MulOp, FloorDivOp, MaximumOp, MinimumOp>(op))
    return arithmetic(op);
  return std::nullopt;
}
