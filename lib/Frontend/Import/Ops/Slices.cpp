// Parts of a tensor.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Signature.h"

using namespace mlir;
using namespace buddy;

// Every part is an op; more of them than this is no program that anybody wrote.
static constexpr int64_t kMaxParts = 1 << 16;

// Python's rule: negative bounds count from the end, bounds beyond the tensor are its ends. Nothing
// if it depends on the symbols which of them it is.
static std::optional<Size> clampBound(OpCall &c, StringRef name, Size otherwise, Size size) {
  if (c.isNone(name))
    return otherwise;
  Size value = c.size(name);
  SmallVector<Symbol> symbols = c.symbols();
  if (leastSize(value, symbols) < 0)
    value += size;
  if (isAtMost(value, 0, symbols))
    return Size(0);
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
  Size size = sizesOf(c.tensor("self"))[*dim];
  std::optional<Size> start = clampBound(c, "start", 0, size),
                      end = clampBound(c, "end", size, size);
  SmallVector<Symbol> symbols = c.symbols();
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
  Size count = ceilDiv(*end - *start, step);
  if (!numberOfSize(count))
    return step != 1 && count.isOpen()
               ? c.unsupported("its step divides a dynamic size",
                               "take every element, or export with fixed sizes")
               : c.unsupported("its length depends on dynamic sizes in a way that is not supported",
                               kSizesAdvice);
  return c.done(c.b.slice(c.tensor("self"), *dim, *start, *end, step));
}

static Value selected(OpCall &c, int64_t dim, Size index) {
  return c.b.dropDims(c.b.slice(c.tensor("self"), dim, index, index + 1, 1), {dim});
}

static LogicalResult importSelect(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  Size size = sizesOf(c.tensor("self"))[*dim], index = c.size("index");
  SmallVector<Symbol> symbols = c.symbols();
  if (leastSize(index, symbols) < 0)
    index += size;
  if (!isAtMost(0, index, symbols) || !isAtMost(index, size - 1, symbols))
    return size.isOpen() || index.isOpen()
               ? c.unsupported("whether its index lies inside of the tensor depends on a dynamic "
                               "size",
                               "narrow the range of that size (torch.export.Dim(min=, max=))")
               : c.invalid("index " + llvm::Twine(c.integer("index")) +
                           " is outside a dimension of size " + c.text(size));
  return c.done(selected(c, *dim, index));
}

static LogicalResult importNarrow(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  Size size = sizesOf(c.tensor("self"))[*dim];
  Size start = c.size("start"), length = c.size("length");
  SmallVector<Symbol> symbols = c.symbols();
  if (leastSize(start, symbols) < 0)
    start += size;
  Size end = start + length;
  if (!isAtMost(0, start, symbols) || !isAtMost(0, length, symbols) ||
      !isAtMost(end, size, symbols))
    return c.invalid("the part lies outside a dimension of size " + c.text(size));
  return c.done(c.b.slice(c.tensor("self"), *dim, start, end, 1));
}

static LogicalResult importUnbind(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  std::optional<int64_t> size = sizesOf(c.tensor("self"))[*dim].asNumber();
  if (!size)
    return c.unsupported("how many tensors it makes depends on a dynamic size");
  if (*size > kMaxParts)
    return c.unsupported("it makes " + llvm::Twine(*size) + " tensors");
  SmallVector<Value> parts;
  for (int64_t i = 0; i < *size; ++i)
    parts.push_back(selected(c, *dim, i));
  return c.done(parts);
}

// Parts of the given sizes, one after the other.
static LogicalResult splitInto(OpCall &c, int64_t dim, ArrayRef<Size> sizes) {
  SmallVector<Value> parts;
  Size size = sizesOf(c.tensor("self"))[dim], start = 0;
  bool fits = true;
  for (Size part : sizes) {
    fits &= !part.isNumber() || part.getNumber() >= 0;
    fits &= !size.isNumber() || isAtMost(start + part, size, c.symbols());
    if (fits)
      parts.push_back(c.b.slice(c.tensor("self"), dim, start, start + part, 1));
    start += part;
  }
  if (!fits || start != size)
    return c.invalid("its sizes do not add up to the dimension's size " + c.text(size));
  return c.done(parts);
}

static LogicalResult splitEvenly(OpCall &c, int64_t dim, int64_t part) {
  SmallVector<Size> sizes;
  Size dimension = sizesOf(c.tensor("self"))[dim];
  if (part < 1)
    return c.invalid("its parts must have a positive size");
  if (dimension.isOpen())
    return c.unsupported("how many tensors it makes depends on a dynamic size");
  int64_t size = dimension.getNumber();
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
  return failed(dim) ? failure() : splitInto(c, *dim, c.sizes("split_sizes"));
}
static LogicalResult importSplitSizesNamedSize(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  return failed(dim) ? failure() : splitInto(c, *dim, c.sizes("split_size"));
}

// At most `chunks` parts of one size, the last one smaller: 7 in 3 is 3, 3, 1.
static LogicalResult importChunk(OpCall &c) {
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  Size dimension = sizesOf(c.tensor("self"))[*dim];
  int64_t chunks = c.integer("chunks");
  if (chunks < 1 || dimension == 0)
    return c.invalid("it needs at least one chunk and one element");
  if (dimension.isOpen())
    return c.unsupported("how many tensors it makes depends on a dynamic size");
  int64_t size = dimension.getNumber();
  return splitEvenly(c, *dim, size / chunks + (size % chunks != 0));
}

// From the last element to the first.
static LogicalResult importFlip(OpCall &c) {
  Value self = c.tensor("self");
  FailureOr<SmallVector<int64_t>> dims = c.dims(c.integers("dims"), sizesOf(self).size());
  if (failed(dims))
    return failure();
  for (int64_t dim : *dims) {
    Size size = sizesOf(self).empty() ? Size(1) : sizesOf(self)[dim];
    if (size == 0 || size == 1)
      continue;
    if (size.isOpen())
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
