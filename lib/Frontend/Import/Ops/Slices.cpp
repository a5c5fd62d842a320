// Parts of a tensor.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// The dimension the call names, in a tensor that has one.
static FailureOr<int64_t> slicedDim(OpCall &c) {
  int64_t rank = shapeOf(c.tensor("self")).size();
  if (rank == 0)
    return c.invalid("it needs a tensor of at least one dimension");
  return c.dim(c.integer("dim"), rank);
}

// Every part is an op; more of them than this is no program that anybody wrote.
static constexpr int64_t kMaxParts = 1 << 16;

// Python's rule: negative bounds count from the end, bounds beyond the tensor are its ends.
static LogicalResult importSlice(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
  auto bound = [&](StringRef name, int64_t otherwise) {
    int64_t value = c.isNone(name) ? otherwise : c.integer(name);
    return std::clamp<int64_t>(value < 0 ? value + size : value, 0, size);
  };
  int64_t start = bound("start", 0), end = std::max(bound("end", size), start);
  int64_t step = c.integer("step");
  if (step < 1)
    return c.invalid("its step must be positive");
  return c.done(c.b.slice(c.tensor("self"), *dim, start, end, step));
}

static Value selected(OpCall &c, int64_t dim, int64_t index) {
  return c.b.dropDims(c.b.slice(c.tensor("self"), dim, index, index + 1, 1), {dim});
}

static LogicalResult importSelect(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim], index = c.integer("index");
  if (index < -size || index >= size)
    return c.invalid("index " + llvm::Twine(index) + " is outside a dimension of size " +
                     llvm::Twine(size));
  return c.done(selected(c, *dim, index < 0 ? index + size : index));
}

static LogicalResult importNarrow(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
  int64_t start = c.integer("start"), length = c.integer("length");
  start += start < 0 ? size : 0;
  if (start < 0 || start > size || length < 0 || length > size - start)
    return c.invalid("the part lies outside a dimension of size " + llvm::Twine(size));
  return c.done(c.b.slice(c.tensor("self"), *dim, start, start + length, 1));
}

static LogicalResult importUnbind(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  if (failed(dim))
    return failure();
  int64_t size = shapeOf(c.tensor("self"))[*dim];
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
    if (part < 0 || part > size - start)
      return c.invalid("its sizes do not add up to the dimension's size " + llvm::Twine(size));
    parts.push_back(c.b.slice(c.tensor("self"), dim, start, start + part, 1));
    start += part;
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
  if (size / part > kMaxParts)
    return c.unsupported("it makes " + llvm::Twine(size / part) + " tensors");
  for (int64_t start = 0; start < size; start += std::min(part, size - start))
    sizes.push_back(std::min(part, size - start));
  return splitInto(c, dim, sizes);
}

static LogicalResult importSplit(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  return failed(dim) ? failure() : splitEvenly(c, *dim, c.integer("split_size"));
}

static LogicalResult importSplitSizes(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  return failed(dim) ? failure() : splitInto(c, *dim, c.integers("split_sizes"));
}
static LogicalResult importSplitSizesNamedSize(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
  return failed(dim) ? failure() : splitInto(c, *dim, c.integers("split_size"));
}

// At most `chunks` parts of one size, the last one smaller: 7 in 3 is 3, 3, 1.
static LogicalResult importChunk(OpCall &c) {
  FailureOr<int64_t> dim = slicedDim(c);
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
    Value places = c.b.arangeInt(size - 1, -1, size, c.b.i64());
    self = graph::GatherOp::create(c.b.builder, c.b.loc, self.getType(), self, places, dim,
                                   /*wrap=*/false);
  }
  return c.done(self);
}

static const OpEntry kOps[] = {
    {"flip.default", "Tensor self, int[] dims", importFlip},
    {"slice.Tensor", "Tensor self, int dim=0, int? start=None, int? end=None, int step=1",
     importSlice},
    {"select.int", "Tensor self, int dim, int index", importSelect},
    {"narrow.default", "Tensor self, int dim, int start, int length", importNarrow},
    {"unbind.int", "Tensor self, int dim=0", importUnbind},
    {"split.Tensor", "Tensor self, int split_size, int dim=0", importSplit},
    {"split.sizes", "Tensor self, int[] split_size, int dim=0", importSplitSizesNamedSize},
    {"split_with_sizes.default", "Tensor self, int[] split_sizes, int dim=0", importSplitSizes},
    {"chunk.default", "Tensor self, int chunks, int dim=0", importChunk},
};

ArrayRef<OpEntry> buddy::sliceOps() { return kOps; }
