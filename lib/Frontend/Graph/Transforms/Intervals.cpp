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

std::optional<Interval> buddy::graph::bounded(Size low, Size high) {
  bool isBounded = low.isKnown() && high.isKnown() && low != -kUnbounded && high != kUnbounded;
  return isBounded ? std::optional(Interval{low, high}) : std::nullopt;
}

static std::optional<Interval> bounded(const NumberInterval &numbers) {
  return bounded(Size(numbers.low), Size(numbers.high));
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
        result = ::bounded({low, high});
    }
  });
  return result;
}

NumberInterval buddy::graph::plain(const Interval &interval, ArrayRef<Symbol> symbols) {
  return {leastSize(interval.low, symbols), largestSize(interval.high, symbols)};
}

// Nothing if one of the products is beyond 64 bits.
static std::optional<Interval> productOf(const NumberInterval &a, const NumberInterval &b) {
  NumberInterval product = {kUnbounded, -kUnbounded};
  for (int64_t x : {a.low, a.high})
    for (int64_t y : {b.low, b.high}) {
      int64_t one;
      if (llvm::MulOverflow(x, y, one))
        return std::nullopt;
      product = {std::min(product.low, one), std::max(product.high, one)};
    }
  return ::bounded(product);
}

static std::optional<Interval> arangeInterval(ArangeOp op) {
  auto step = dyn_cast<IntegerAttr>(op.getStep());
  Size count = sizesOf(op.getType())[0];
  if (!step || count == 0)
    return std::nullopt;
  Size first = startOf(op), last = first + (count - 1) * step.getInt();
  return step.getInt() < 0 ? bounded(last, first) : bounded(first, last);
}

static bool isIn32Bits(const NumberInterval &numbers) {
  return numbers.low >= INT32_MIN && numbers.high <= INT32_MAX;
}

Intervals::Intervals(func::FuncOp func, Bounds given)
    : symbols(symbolsAround(func)), known(std::move(given)) {
  if (func.isExternal())
    return;
  // No run takes more, whatever the program says.
  for (Symbol &symbol : symbols)
    symbol.max = std::min<int64_t>(symbol.max, INT32_MAX);
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
      if (interval && element.isInteger(32) && !isIn32Bits(plain(*interval, symbols)))
        interval.reset();
      if (interval)
        known[result] = interval;
    }
}

// Bounds that depend on symbols are compared for whatever those are; where that does not say, a
// bound that holds for all of them takes their place.
std::optional<Interval> Intervals::unionOf(const Interval &a, const Interval &b) const {
  auto lower = [&](Size x, Size y) {
    return isAtMost(x, y, symbols)   ? x
           : isAtMost(y, x, symbols) ? y
                                     : std::min(leastSize(x, symbols), leastSize(y, symbols));
  };
  auto higher = [&](Size x, Size y) {
    return isAtMost(x, y, symbols)   ? y
           : isAtMost(y, x, symbols) ? x
                                     : std::max(largestSize(x, symbols), largestSize(y, symbols));
  };
  return bounded(lower(a.low, b.low), higher(a.high, b.high));
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
  if (isa<AddOp>(op))
    return bounded(a->low + b->low, a->high + b->high);
  if (isa<SubOp>(op))
    return bounded(a->low - b->high, a->high - b->low);
  NumberInterval x = plain(*a, symbols), y = plain(*b, symbols);
  if (isa<MaximumOp>(op))
    return ::bounded({std::max(x.low, y.low), std::max(x.high, y.high)});
  if (isa<MinimumOp>(op))
    return ::bounded({std::min(x.low, y.low), std::min(x.high, y.high)});
  if (isa<FloorDivOp>(op)) {
    // Nothing is farther from zero than what is divided.
    int64_t most = std::max(std::abs(x.low), std::abs(x.high));
    return y.low >= 1 ? ::bounded({std::min<int64_t>(x.low, 0), std::max<int64_t>(x.high, 0)})
                      : ::bounded({-most, most});
  }
  return ::productOf(x, y);
}

// maximum(x, 0) of an x that may be anything is known from below; a clamp is both.
std::optional<Interval> Intervals::clamp(Value value) const {
  int64_t low = -kUnbounded, high = kUnbounded;
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
    NumberInterval numbers = plain(*limit, symbols);
    // The outermost limits first: what is inside can only narrow what they leave.
    if (isa<MaximumOp>(op))
      low = std::min(std::max(low, numbers.low), high);
    else
      high = std::max(std::min(high, numbers.high), low);
  }
  return ::bounded({low, high});
}

// A sum of some of `count` terms.
std::optional<Interval> Intervals::timesUpTo(const Interval &term, Size count) const {
  // Zeros and ones, counted, are at most as many as there are.
  NumberInterval one = plain(term, symbols);
  if (count.isOpen() && one.low >= 0 && one.high <= 1)
    return Interval{one.low, one.high ? count : Size(0)};
  return ::productOf(one, {1, largestSize(count, symbols)});
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
    return term ? timesUpTo(*term, sizesOf(cumsum.getType())[cumsum.getDim()]) : std::nullopt;
  }
  if (auto sum = dyn_cast<SumOp>(op)) {
    std::optional<Interval> all = of(sum.getInput());
    for (int64_t dim : sum.getDims())
      all = all ? timesUpTo(*all, sizesOf(sum.getInput())[dim]) : all;
    return all;
  }
  if (isa<NegOp, AbsOp>(op)) {
    std::optional<Interval> x = of(op.getOperand(0));
    if (!x || isa<NegOp>(op))
      return x ? bounded(-x->high, -x->low) : x;
    NumberInterval numbers = plain(*x, symbols);
    return ::bounded({0, std::max(std::abs(numbers.low), std::abs(numbers.high))});
  }
  if (isa<MaximumOp, MinimumOp>(op))
    if (std::optional<Interval> clamped = clamp(op.getResult(0)))
      return clamped;
  if (isa<AddOp, SubOp, MulOp, FloorDivOp, MaximumOp, MinimumOp>(op))
    return arithmetic(op);
  return std::nullopt;
}
