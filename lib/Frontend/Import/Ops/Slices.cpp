// Parts of a tensor.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Signature.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace buddy;

// Every part is an op; more of them than this is no program that anybody wrote.
static constexpr int64_t kMaxParts = 1 << 16;

static SmallVector<Symbol> symbolsOf(OpCall &c) {
  return symbolsAround(c.b.builder.getInsertionBlock()->getParentOp());
}

// Python's rule: negative bounds count from the end, bounds beyond the tensor are its ends. Nothing
// if it depends on the symbols which of them it is.
static std::optional<int64_t> clampBound(OpCall &c, StringRef name, int64_t otherwise,
                                         int64_t size) {
  if (c.isNone(name))
    return otherwise;
  int64_t value = c.integer(name);
  // No number of the program's own is an expression.
  if (!c.isSize(name) && value > kLargestNumber)
    return size;
  SmallVector<Symbol> symbols = symbolsOf(c);
  if (leastSize(value, symbols) < 0) {
    std::optional<int64_t> fromFront = addSizes(value, size);
    if (!fromFront)
      return std::nullopt;
    value = *fromFront;
  }
  if (isAtMost(value, 0, symbols))
    return 0;
  if (isAtMost(size, value, symbols))
    return size;
  if (isAtMost(0, value, symbols) && isAtMost(value, size, symbols))
    return value;
  return std::nullopt;
}

static LogicalResult importSlice(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
  std::optional<int64_t> start = clampBound(c, "start", 0, size),
                         end = clampBound(c, "end", size, size);
  SmallVector<Symbol> symbols = symbolsOf(c);
  bool isEmpty = start && end && isAtMost(*end, *start, symbols);
  if (!start || !end || (!isEmpty && !isAtMost(*start, *end, symbols)))
    return c.unsupported("whether its bounds lie inside of the tensor depends on a dynamic size",
                         "narrow the range of that size (torch.export.Dim(min=, max=)), or export "
                         "with fixed sizes");
  if (isEmpty)
    end = start;
  int64_t step = c.integer("step");
  if (step < 1)
    return c.invalid("its step must be positive");
  if (!addSizes(*end, -*start))
    return c.unsupported("its length depends on dynamic sizes in a way that is not supported",
                         kSizesAdvice);
  if (step != 1 && isSymbolic(*end - *start))
    return c.unsupported("its step divides a dynamic size", "take every element, or export with "
                                                            "fixed sizes");
  return c.done(c.b.slice(c.tensor("self"), *dim, *start, *end, step));
}

static Value selected(OpCall &c, int64_t dim, int64_t index) {
  return c.b.dropDims(c.b.slice(c.tensor("self"), dim, index, index + 1, 1), {dim});
}

static LogicalResult importSelect(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim], index = c.integer("index");
  if (leastSize(index, symbolsOf(c)) < 0)
    index = addSizes(index, size).value_or(-1);
  if (!isAtMost(0, index, symbolsOf(c)) || !isAtMost(index, size - 1, symbolsOf(c)))
    return isSymbolic(size) || c.isSize("index")
               ? c.unsupported("whether its index lies inside of the tensor depends on a dynamic "
                               "size",
                               "narrow the range of that size (torch.export.Dim(min=, max=))")
               : c.invalid("index " + llvm::Twine(c.integer("index")) +
                           " is outside a dimension of size " + llvm::Twine(size));
  return c.done(selected(c, *dim, index));
}

static LogicalResult importNarrow(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
  int64_t start = c.integer("start"), length = c.integer("length");
  SmallVector<Symbol> symbols = symbolsOf(c);
  if (leastSize(start, symbols) < 0)
    start = addSizes(start, size).value_or(-1);
  std::optional<int64_t> end = addSizes(start, length);
  if (!isAtMost(0, start, symbols) || !isAtMost(0, length, symbols) || !end ||
      !isAtMost(*end, size, symbols))
    return c.invalid("the part lies outside a dimension of size " + llvm::Twine(size));
  return c.done(c.b.slice(c.tensor("self"), *dim, start, *end, 1));
}

static LogicalResult importUnbind(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
  if (isSymbolic(size))
    return c.unsupported("how many tensors it makes depends on a dynamic size");
  if (size > kMaxParts)
    return c.unsupported("it makes " + llvm::Twine(size) + " tensors");
  SmallVector<Value> parts;
  for (int64_t i = 0; i < size; ++i)
    parts.push_back(selected(c, *dim, i));
  return c.done(parts);
}

// Parts of the given sizes, one after the other.
static LogicalResult splitInto(OpCall &c, int64_t dim, ArrayRef<int64_t> sizes) {
  SmallVector<Value> parts;
  int64_t size = shapeOf(c.tensor("self"))[dim], start = 0;
  for (int64_t part : sizes) {
    int64_t end;
    if (part < 0 || (!isSymbolic(size) && part > size - start) ||
        llvm::AddOverflow(start, part, end))
      return c.invalid("its sizes do not add up to the dimension's size " + llvm::Twine(size));
    parts.push_back(c.b.slice(c.tensor("self"), dim, start, end, 1));
    start = end;
  }
  if (start != size)
    return c.invalid("its sizes do not add up to the dimension's size " + llvm::Twine(size));
  return c.done(parts);
}

static LogicalResult splitEvenly(OpCall &c, int64_t dim, int64_t part) {
  SmallVector<int64_t> sizes;
  int64_t size = shapeOf(c.tensor("self"))[dim];
  if (part < 1)
    return c.invalid("its parts must have a positive size");
  if (isSymbolic(size))
    return c.unsupported("how many tensors it makes depends on a dynamic size");
  if (size / part > kMaxParts)
    return c.unsupported("it makes " + llvm::Twine(size / part) + " tensors");
  for (int64_t start = 0; start < size; start += std::min(part, size - start))
    sizes.push_back(std::min(part, size - start));
  return splitInto(c, dim, sizes);
}

static LogicalResult importSplit(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  return failed(dim) ? failure() : splitEvenly(c, *dim, c.integer("split_size"));
}

static LogicalResult importSplitSizes(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  return failed(dim) ? failure() : splitInto(c, *dim, c.integers("split_sizes"));
}
static LogicalResult importSplitSizesNamedSize(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  return failed(dim) ? failure() : splitInto(c, *dim, c.integers("split_size"));
}

// At most `chunks` parts of one size, the last one smaller: 7 in 3 is 3, 3, 1.
static LogicalResult importChunk(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim], chunks = c.integer("chunks");
  if (chunks < 1 || size < 1)
    return c.invalid("it needs at least one chunk and one element");
  return splitEvenly(c, *dim, size / chunks + (size % chunks != 0));
}

// From the last element to the first.
static LogicalResult importFlip(OpCall &c) {
  Value self = c.tensor("self");
  FailureOr<SmallVector<int64_t>> dims = c.dims(c.integers("dims"), shapeOf(self).size());
  if (failed(dims))
    return failure();
  for (int64_t dim : *dims) {
    int64_t size = shapeOf(self).empty() ? 1 : shapeOf(self)[dim];
    if (size < 2)
      continue;
    if (isSymbolic(size))
      return c.unsupported("it turns a dynamic size around", "export with a fixed size there");
    Value places = c.b.arangeInt(size - 1, -1, size, c.b.i64());
    self = graph::GatherOp::create(c.b.builder, c.b.loc, self.getType(), self, places, dim,
                                   /*wrap=*/false, StringAttr());
  }
  return c.done(self);
}

static const OpEntry kOps[] = {
    {"flip.default", "Tensor self, int[] dims", importFlip},
    {"slice.Tensor", "Tensor self, int dim=0, Size? start=None, Size? end=None, int step=1",
     importSlice},
    {"select.int", "Tensor self, int dim, Size index", importSelect},
    {"narrow.default", "Tensor self, int dim, Size start, Size length", importNarrow},
    {"unbind.int", "Tensor self, int dim=0", importUnbind},
    {"split.Tensor", "Tensor self, int split_size, int dim=0", importSplit},
    {"split.sizes", "Tensor self, Size[] split_size, int dim=0", importSplitSizesNamedSize},
    {"split_with_sizes.default", "Tensor self, Size[] split_sizes, int dim=0", importSplitSizes},
    {"chunk.default", "Tensor self, int chunks, int dim=0", importChunk},
};

ArrayRef<OpEntry> buddy::sliceOps() { return kOps; }
