// Sees to it that no gather reads and no index_copy writes outside of its tensor: PyTorch raises
// IndexError, compiled code would touch whatever is there.
#include "Intervals.h"
#include "RunChecks.h"
#include "buddy/Frontend/Graph/IR/State.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_CHECKINDICESPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// Inputs that are taken to hold zeros and ones only.
using Masks = llvm::SmallSetVector<BlockArgument, 2>;

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
int64_t countOf(Value value) { return productOf(sizesOf(value)).asNumber().value_or(-1); }

// The elements of `input` that the slice takes, if they lie in one stretch; else all.
std::pair<int64_t, int64_t> elementsOf(SliceOp slice) {
  ArrayRef<Size> in = sizesOf(slice.getInput());
  Size inner = productOf(in.drop_front(slice.getDim() + 1));
  std::optional<int64_t> first = (slice.getStart() * inner).asNumber(),
                         count = ((slice.getEnd() - slice.getStart()) * inner).asNumber();
  bool isOne = slice.getStep() == 1 && productOf(in.take_front(slice.getDim())) == 1;
  return isOne && first && count ? std::pair(*first, *count)
                                 : std::pair(int64_t(0), countOf(slice.getInput()));
}

IndexInput inputOf(Value value, const Intervals &intervals) {
  Interval shift{0, 0};
  std::optional<std::pair<int64_t, int64_t>> elements;
  while (Operation *op = value.getDefiningOp()) {
    if (op->getNumOperands() == 0)
      return {};
    Value next = op->getOperand(0);
    elements.reset(); // of what is not the input itself yet
    if (isa<AddOp, SubOp>(op)) {
      std::optional<Interval> other = intervals.of(op->getOperand(1));
      if (!other && isa<AddOp>(op)) {
        other = intervals.of(op->getOperand(0));
        next = op->getOperand(1);
      }
      if (!other)
        return {};
      if (isa<SubOp>(op))
        other = Interval{-other->high, -other->low};
      std::optional<Interval> sum = bounded(shift.low + other->low, shift.high + other->high);
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

  static std::string described(Size size) {
    return size.isOpen() ? "a dynamic size" : "a dimension of size " + sizeText(size, {});
  }

  // `operand` chooses from a dimension of the given size.
  LogicalResult check(OpOperand &operand, bool wrap, Size size, const Intervals &intervals,
                      RunChecks &runChecks) {
    Operation *op = operand.getOwner();
    Value index = operand.get();
    SmallVector<Symbol> symbols = symbolsAround(op);
    Size low = wrap ? -size : Size(0), high = size - 1;
    std::optional<Interval> interval = intervals.of(index);
    if (interval && isAtMost(low, interval->low, symbols) &&
        isAtMost(interval->high, high, symbols))
      return success();
    int64_t least = leastSize(low, symbols), most = largestSize(high, symbols);
    if (most < 0 && countOf(index) != 0)
      return op->emitError("nothing can be chosen from ")
             << described(size) << "; PyTorch raises IndexError";
    if (interval) {
      NumberInterval numbers = plain(*interval, symbols);
      if (numbers.high < least || numbers.low > most ||
          (index.getDefiningOp<ConstantOp>() && (numbers.low < least || numbers.high > most)))
        return op->emitError("index ")
               << (numbers.low < least ? numbers.low : numbers.high) << " is outside of "
               << described(size) << "; PyTorch raises IndexError";
    }
    IndexInput found = inputOf(index, intervals);
    auto func = cast<func::FuncOp>(op->getParentOp());
    auto isInput = [&](BlockArgument input) {
      return input && input.getOwner() == &func.getBody().front() &&
             !func.getArgAttr(input.getArgNumber(), kStateAttr);
    };
    // Positions that are counted from a padding mask are inside if it holds zeros and ones only.
    Masks masks = countedInputs(index);
    if (!isInput(found.input) && !masks.empty() && llvm::all_of(masks, isInput)) {
      Intervals::Bounds zerosAndOnes;
      for (BlockArgument mask : masks)
        zerosAndOnes[mask] = Interval{0, 1};
      std::optional<Interval> interval = Intervals(func, zerosAndOnes).of(index);
      if (interval && isAtMost(low, interval->low, symbols) &&
          isAtMost(interval->high, high, symbols)) {
        for (BlockArgument mask : masks)
          addRange({mask, {0, 0}, 0, countOf(mask)}, {0, 1}, symbols);
        return success();
      }
    }
    std::optional<Interval> limits;
    if (isInput(found.input))
      limits = bounded(low - found.shift.low, high - found.shift.high);
    // What is no input, or shifted by what no range can say, is looked at in the run.
    if (!limits || !numberOfSize(limits->low) || !numberOfSize(limits->high)) {
      if (!numberOfSize(low) || !numberOfSize(high))
        return op->emitError("what its indices may be depends on dynamic sizes in a way that is "
                             "not supported; clamp them, or export with fixed sizes");
      runChecks.add(operand, low, high);
      return success();
    }
    if (isAtMost(limits->high + 1, limits->low, symbols))
      return op->emitError("no value of input '")
             << nameOf(func, found.input) << "' keeps its indices inside of " << described(size)
             << "; PyTorch raises IndexError";
    addRange(found, *limits, symbols);
    return success();
  }

  static StringRef nameOf(func::FuncOp func, BlockArgument argument) {
    auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "buddy.name");
    return name ? name.getValue() : StringRef("?");
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    bool ok = true;
    for (auto func : module.getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      Intervals intervals(func);
      RunChecks runChecks(func);
      // In program order: the error of a run is the first one's.
      for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
        if (auto gather = dyn_cast<GatherOp>(op))
          for (auto [i, index] : llvm::enumerate(gather.getIndicesMutable()))
            ok &= succeeded(check(index, gather.getWrap(),
                                  sizesOf(gather.getInput())[gather.getDim() + i], intervals,
                                  runChecks));
        if (auto copy = dyn_cast<IndexCopyOp>(op))
          ok &= succeeded(check(copy.getIndexMutable(), copy.getWrap(),
                                sizesOf(copy.getInput())[copy.getDim()], intervals, runChecks));
      }
      runChecks.finish();
    }
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
        if (number < inputs.size())
          perInput[number].push_back(
              numbersAttr(&getContext(), {first, count, range.low, range.high}, symbols));
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
