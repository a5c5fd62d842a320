// Sees to it that no gather reads and no index_copy writes outside of its tensor: PyTorch raises
// IndexError, compiled code would touch whatever is there.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/IR/State.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <limits>

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_CHECKINDICESPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// What a tensor's integers lie between, both included.
struct Interval {
  int64_t low, high;
};

// Far inside of int64, so that sums and products of a few do not overflow.
constexpr int64_t kLargest = int64_t(1) << 31;

std::optional<Interval> bounded(std::optional<int64_t> first, std::optional<int64_t> last) {
  if (!first || !last)
    return std::nullopt;
  int64_t low = *first, high = *last;
  if (low < -kLargest || high > kLargest)
    return std::nullopt;
  return Interval{low, high};
}

// Inputs that are taken to hold zeros and ones only.
using Masks = llvm::SmallSetVector<BlockArgument, 2>;

std::optional<Interval> intervalOf(Value value, int steps, const Masks *masks = nullptr);

std::optional<Interval> constantInterval(ConstantOp op) {
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
Interval unionOf(const Interval &a, const Interval &b, ArrayRef<Symbol> symbols) {
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

// With numbers for bounds that depend on symbols.
Interval plain(const Interval &interval, ArrayRef<Symbol> symbols) {
  return {leastSize(interval.low, symbols), largestSize(interval.high, symbols)};
}

std::optional<Interval> arithmeticInterval(Operation *op, int steps, const Masks *masks) {
  std::optional<Interval> a = intervalOf(op->getOperand(0), steps, masks),
                          b = a ? intervalOf(op->getOperand(1), steps, masks) : std::nullopt;
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
  int64_t corners[] = {a->low * b->low, a->low * b->high, a->high * b->low, a->high * b->high};
  return bounded(*llvm::min_element(corners), *llvm::max_element(corners));
}

// maximum(x, 0) of an x that may be anything is known from below; a clamp is both.
std::optional<Interval> clampInterval(Value value, int steps, const Masks *masks) {
  int64_t low = -kLargest, high = kLargest;
  SmallVector<Symbol> symbols = symbolsAround(value.getDefiningOp());
  for (Operation *op = value.getDefiningOp(); isa_and_nonnull<MaximumOp, MinimumOp>(op);
       op = value.getDefiningOp()) {
    std::optional<Interval> limit = intervalOf(op->getOperand(1), steps, masks);
    value = op->getOperand(0);
    if (!limit) {
      limit = intervalOf(op->getOperand(0), steps, masks);
      value = op->getOperand(1);
    }
    if (!limit)
      return std::nullopt;
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

std::optional<Interval> intervalOf(Value value, int steps, const Masks *masks) {
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
    int64_t first = start.getInt();
    std::optional<int64_t> last = addSizes(first, step.getInt() * (type.getNumElements() - 1));
    return last ? bounded(std::min(first, *last), std::max(first, *last)) : std::nullopt;
  }
  if (isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp, ConvertOp, GatherOp, AmaxOp>(op))
    return intervalOf(op->getOperand(0), steps, masks);
  if (isa<CatOp>(op)) {
    std::optional<Interval> all;
    for (Value part : op->getOperands()) {
      std::optional<Interval> one = intervalOf(part, steps, masks);
      if (!one)
        return std::nullopt;
      all = all ? unionOf(*all, *one, symbolsAround(op)) : *one;
    }
    return all;
  }
  if (auto where = dyn_cast<WhereOp>(op)) {
    std::optional<Interval> a = intervalOf(where.getOnTrue(), steps, masks),
                            b = intervalOf(where.getOnFalse(), steps, masks);
    if (!a || !b)
      return std::nullopt;
    return unionOf(*a, *b, symbolsAround(op));
  }
  if (auto cumsum = dyn_cast<CumsumOp>(op)) {
    std::optional<Interval> term = intervalOf(cumsum.getInput(), steps, masks);
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
    return bounded(std::min(term->low, term->low * count),
                   std::max(term->high, term->high * count));
  }
  if (auto neg = dyn_cast<NegOp>(op)) {
    std::optional<Interval> x = intervalOf(neg.getInput(), steps, masks);
    return x ? bounded(-x->high, -x->low) : std::nullopt;
  }
  if (isa<MaximumOp, MinimumOp>(op))
    if (std::optional<Interval> clamped = clampInterval(value, steps, masks))
      return clamped;
  if (isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op))
    return arithmeticInterval(op, steps, masks);
  return std::nullopt;
}

// Integer inputs whose elements `value` counts by cumsum: masks of what is padding.
Masks countedInputs(Value value) {
  Masks masks;
  SmallVector<Value> work = {value};
  for (int steps = 64; !work.empty() && steps > 0; --steps) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (!op)
      continue;
    llvm::append_range(work, op->getOperands());
    if (!isa<CumsumOp>(op))
      continue;
    Value counted = op->getOperand(0);
    while (isa_and_nonnull<ReshapeOp, ExpandOp, ConvertOp>(counted.getDefiningOp()))
      counted = counted.getDefiningOp()->getOperand(0);
    auto input = dyn_cast<BlockArgument>(counted);
    if (input && isa<IntegerType>(tensorType(input).getElementType()))
      masks.insert(input);
  }
  return masks;
}

// The input that the indices are, through views, and what is added to it.
struct IndexInput {
  BlockArgument input; // null if they are computed otherwise
  Interval shift;
  int64_t first, count; // the input's elements, row-major, among which they are
};

// All elements; -1: however many a run has.
int64_t countOf(Value value) {
  return isSymbolic(value.getType()) ? -1 : tensorType(value).getNumElements();
}

// The elements of `input` that the slice takes, if they lie in one stretch; else all.
std::pair<int64_t, int64_t> elementsOf(SliceOp slice) {
  RankedTensorType in = tensorType(slice.getInput());
  int64_t inner = 1;
  for (int64_t i = slice.getDim() + 1; i < in.getRank(); ++i)
    inner *= in.getDimSize(i);
  bool isOne = slice.getStep() == 1;
  for (int64_t i = 0; i < int64_t(slice.getDim()); ++i)
    isOne &= in.getDimSize(i) == 1;
  if (!isOne)
    return {0, countOf(slice.getInput())};
  return {slice.getStart() * inner, (slice.getEnd() - slice.getStart()) * inner};
}

IndexInput inputOf(Value value) {
  Interval shift{0, 0};
  std::optional<std::pair<int64_t, int64_t>> elements;
  while (Operation *op = value.getDefiningOp()) {
    Value next = op->getOperand(0);
    elements.reset(); // of what is not the input itself yet
    if (isa<AddOp, SubOp>(op)) {
      std::optional<Interval> other = intervalOf(op->getOperand(1), 64);
      if (!other && isa<AddOp>(op)) {
        other = intervalOf(op->getOperand(0), 64);
        next = op->getOperand(1);
      }
      if (!other)
        return {};
      if (isa<SubOp>(op))
        other = Interval{-other->high, -other->low};
      std::optional<Interval> sum =
          bounded(addSizes(shift.low, other->low), addSizes(shift.high, other->high));
      if (!sum)
        return {};
      shift = *sum;
    } else if (auto convert = dyn_cast<ConvertOp>(op)) {
      if (!tensorType(convert.getInput()).getElementType().isInteger(32) &&
          !tensorType(convert.getInput()).getElementType().isInteger(64))
        return {};
    } else if (auto slice = dyn_cast<SliceOp>(op)) {
      elements = elementsOf(slice);
    } else if (!isa<ReshapeOp, ExpandOp, PermuteOp>(op)) {
      return {};
    }
    value = next;
  }
  auto all = std::pair<int64_t, int64_t>(0, countOf(value));
  auto [first, count] = elements.value_or(all);
  if (isSymbolic({first, count}))
    std::tie(first, count) = all;
  return {dyn_cast<BlockArgument>(value), shift, first, count};
}

struct CheckIndicesPass : impl::CheckIndicesPassBase<CheckIndicesPass> {
  // What elements of inputs of @forward must lie between: by input, first element and count.
  // Several, if they depend on symbols and none is the narrowest whatever those are.
  llvm::MapVector<std::tuple<unsigned, int64_t, int64_t>, SmallVector<Interval, 1>> ranges;

  void addRange(const IndexInput &found, const Interval &range, ArrayRef<Symbol> symbols) {
    SmallVector<Interval, 1> &known =
        ranges[{found.input.getArgNumber(), found.first, found.count}];
    for (Interval &other : known) {
      bool low = isAtMost(other.low, range.low, symbols),
           high = isAtMost(range.high, other.high, symbols);
      if ((low || isAtMost(range.low, other.low, symbols)) &&
          (high || isAtMost(other.high, range.high, symbols))) {
        other = {low ? range.low : other.low, high ? range.high : other.high};
        return;
      }
    }
    known.push_back(range);
  }

  static std::string described(int64_t size) {
    return isSymbolic(size) ? "a dynamic size" : "a dimension of size " + std::to_string(size);
  }

  // `index` chooses from a dimension of the given size.
  LogicalResult check(Operation *op, bool wrap, Value index, int64_t size) {
    SmallVector<Symbol> symbols = symbolsAround(op);
    int64_t low = wrap ? -size : 0, high = size - 1;
    bool growsWithSymbols = false;
    if (std::optional<Interval> interval = intervalOf(index, 64)) {
      if (isAtMost(low, interval->low, symbols) && isAtMost(interval->high, high, symbols))
        return success();
      growsWithSymbols = isSymbolic({interval->low, interval->high});
      *interval = plain(*interval, symbols);
      low = leastSize(low, symbols);
      high = largestSize(high, symbols);
      if (interval->high < low || interval->low > high || index.getDefiningOp<ConstantOp>())
        return op->emitError("index ")
               << (interval->low < low ? interval->low : interval->high) << " is outside of "
               << described(size)
               << (isSymbolic(size) ? " where that is small; give it a `min` (torch.export.Dim)"
                                    : "; PyTorch raises IndexError");
    }
    IndexInput found = inputOf(index);
    auto func = dyn_cast<func::FuncOp>(op->getParentOp());
    auto isInput = [&](BlockArgument input) {
      return input && func && input.getOwner() == &func.getBody().front() &&
             !func.getArgAttr(input.getArgNumber(), kStateAttr);
    };
    // Positions that are counted from a padding mask are inside if it holds zeros and ones only.
    Masks masks = countedInputs(index);
    if (!isInput(found.input) && llvm::all_of(masks, isInput)) {
      std::optional<Interval> interval = intervalOf(index, 64, &masks);
      if (interval && isAtMost(wrap ? -size : 0, interval->low, symbols) &&
          isAtMost(interval->high, size - 1, symbols)) {
        for (BlockArgument mask : masks)
          addRange({mask, {0, 0}, 0, countOf(mask)}, {0, 1}, symbols);
        return success();
      }
    }
    if (!isInput(found.input) && growsWithSymbols)
      return op->emitError("its indices may go beyond ")
             << described(size) << " where a dynamic size is as large as it may be; give that size "
             << "a `max` (torch.export.Dim) that keeps them inside";
    if (!isInput(found.input) && isSymbolic(size))
      return op->emitError("its indices are computed in a way that does not tell whether they stay "
                           "inside of a dynamic size; compute them from torch.arange, or export "
                           "that size fixed");
    if (!isInput(found.input))
      return op->emitError("its indices are computed in a way that does not tell whether they stay "
                           "inside of a dimension of size ")
             << size << "; clamp them (`indices.clamp(0, " << size - 1
             << ")`), or make them an input of the exported model";
    low = wrap ? -size : 0;
    std::optional<Interval> limits =
        bounded(addSizes(low, -found.shift.low), addSizes(size - 1, -found.shift.high));
    if (!limits)
      return op->emitError("what its indices may be depends on dynamic sizes in a way that is not "
                           "supported; clamp them, or export with fixed sizes");
    Interval range = *limits;
    if (isAtMost(range.high + 1, range.low, symbols))
      return op->emitError("no value of input '")
             << nameOf(func, found.input) << "' keeps its indices inside of " << described(size)
             << "; PyTorch raises IndexError";
    addRange(found, range, symbols);
    return success();
  }

  static StringRef nameOf(func::FuncOp func, BlockArgument argument) {
    auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "buddy.name");
    return name ? name.getValue() : StringRef("?");
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    bool ok = true;
    module.walk([&](GatherOp op) {
      for (auto [i, index] : llvm::enumerate(op.getIndices()))
        ok &= succeeded(
            check(op, op.getWrap(), index, tensorType(op.getInput()).getDimSize(op.getDim() + i)));
    });
    module.walk([&](IndexCopyOp op) {
      ok &= succeeded(check(op, op.getWrap(), op.getIndex(),
                            tensorType(op.getInput()).getDimSize(op.getDim())));
    });
    if (!ok)
      return signalPassFailure();
    SmallVector<Symbol> symbols = symbolsOf(module);
    for (auto &[place, intervals] : ranges)
      for (const Interval &range : intervals)
        if (isAtMost(range.high + 1, range.low, symbols)) {
          module.emitError("no value of input ")
              << std::get<0>(place) << " is inside of all that it indexes";
          return signalPassFailure();
        }
    auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature");
    auto inputs = signature ? signature.getAs<ArrayAttr>("inputs") : ArrayAttr();
    if (ranges.empty() || !inputs)
      return;
    Builder b(&getContext());
    SmallVector<SmallVector<Attribute>> perInput(inputs.size());
    for (auto &[place, intervals] : ranges) {
      auto [number, first, count] = place;
      for (const Interval &range : intervals)
        if (int64_t numbers[] = {first, count, range.low, range.high}; number < inputs.size())
          perInput[number].push_back(
              isSymbolic(numbers)
                  ? Attribute(AffineMapAttr::get(sizesMap(&getContext(), numbers, symbols.size())))
                  : b.getDenseI64ArrayAttr(numbers));
    }
    SmallVector<Attribute> entries(inputs.getValue());
    for (auto [number, found] : llvm::enumerate(perInput)) {
      auto entry = dyn_cast<DictionaryAttr>(entries[number]);
      if (!entry || found.empty())
        continue;
      NamedAttrList fields(entry);
      fields.set("ranges", b.getArrayAttr(found));
      entries[number] = fields.getDictionary(&getContext());
    }
    NamedAttrList fields(signature);
    fields.set("inputs", b.getArrayAttr(entries));
    module->setAttr("buddy.signature", fields.getDictionary(&getContext()));
  }
};

} // namespace
} // namespace buddy::graph
