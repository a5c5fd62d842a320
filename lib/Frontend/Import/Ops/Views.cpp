// Other shapes and orders of the same elements.
#include "buddy/Frontend/Import/OpTable.h"
#include <numeric>

using namespace mlir;
using namespace buddy;

// Replaces a single -1 by what makes the sizes hold as many elements as `from`; or failure.
static FailureOr<SmallVector<Size>> inferSizes(OpCall &c, ArrayRef<Size> sizes,
                                               ArrayRef<Size> from) {
  SmallVector<Size> result(sizes), known;
  Size *open = nullptr;
  for (Size &size : result) {
    if (size == -1 && !open)
      open = &size;
    else if (size.isNumber() && size.getNumber() < 0)
      return c.invalid("its sizes are not a shape");
    else
      known.push_back(size);
  }
  if (open) {
    std::optional<Size> inferred = divideExactly(productOf(from), productOf(known));
    if (!inferred)
      return c.invalid("the size -1 cannot be inferred");
    *open = *inferred;
  }
  return result;
}

static LogicalResult reshapeTo(OpCall &c, ArrayRef<Size> sizes) {
  Value self = c.tensor("self");
  FailureOr<SmallVector<Size>> shape = inferSizes(c, sizes, sizesOf(self));
  return failed(shape) ? failure() : c.done(c.b.reshape(self, *shape, c.aten));
}

static LogicalResult importView(OpCall &c) { return reshapeTo(c, c.sizes("size")); }
static LogicalResult importReshape(OpCall &c) { return reshapeTo(c, c.sizes("shape")); }
static LogicalResult importViewAs(OpCall &c) { return reshapeTo(c, sizesOf(c.tensor("other"))); }

static LogicalResult importUnsqueeze(OpCall &c) {
  SmallVector<Size> shape(sizesOf(c.tensor("self")));
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shape.size() + 1);
  if (failed(dim))
    return failure();
  shape.insert(shape.begin() + *dim, 1);
  return c.done(c.b.reshape(c.tensor("self"), shape, c.aten));
}

// Drops the named dimensions that have size 1; the others stay.
static LogicalResult squeeze(OpCall &c, ArrayRef<int64_t> dims) {
  Value self = c.tensor("self");
  SmallVector<Size> shape;
  for (auto [i, size] : llvm::enumerate(sizesOf(self)))
    if (size != 1 || !llvm::is_contained(dims, int64_t(i)))
      shape.push_back(size);
  return c.done(c.b.reshape(self, shape, c.aten));
}
static LogicalResult importSqueezeDims(OpCall &c) {
  FailureOr<SmallVector<int64_t>> dims =
      c.dims(c.integers("dim"), sizesOf(c.tensor("self")).size());
  return failed(dims) ? failure() : squeeze(c, *dims);
}
static LogicalResult importSqueezeAll(OpCall &c) {
  SmallVector<int64_t> dims(sizesOf(c.tensor("self")).size());
  std::iota(dims.begin(), dims.end(), 0);
  return squeeze(c, dims);
}

static LogicalResult importFlatten(OpCall &c) {
  Value self = c.tensor("self");
  ArrayRef<Size> shape = sizesOf(self);
  FailureOr<int64_t> start = c.dim(c.integer("start_dim"), shape.size());
  FailureOr<int64_t> end = c.dim(c.integer("end_dim"), shape.size());
  if (failed(start) || failed(end))
    return failure();
  if (shape.empty())
    return c.done(c.b.reshape(self, {1}, c.aten));
  if (*start > *end)
    return c.invalid("start_dim comes after end_dim");
  std::optional<Size> joined = c.joined(shape.slice(*start, *end - *start + 1));
  if (!joined)
    return failure();
  SmallVector<Size> flat(shape.take_front(*start));
  flat.push_back(*joined);
  llvm::append_range(flat, shape.drop_front(*end + 1));
  return c.done(c.b.reshape(self, flat, c.aten));
}

static LogicalResult importUnflatten(OpCall &c) {
  Value self = c.tensor("self");
  SmallVector<Size> shape(sizesOf(self));
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shape.size());
  if (failed(dim) || shape.empty())
    return shape.empty() ? c.invalid("it needs a tensor of at least one dimension") : failure();
  FailureOr<SmallVector<Size>> sizes = inferSizes(c, c.sizes("sizes"), {shape[*dim]});
  if (failed(sizes))
    return failure();
  shape.erase(shape.begin() + *dim);
  shape.insert(shape.begin() + *dim, sizes->begin(), sizes->end());
  return c.done(c.b.reshape(self, shape, c.aten));
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> identity(Value value) {
  SmallVector<int64_t> order(sizesOf(value).size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

static LogicalResult importPermute(OpCall &c) {
  Value self = c.tensor("self");
  FailureOr<SmallVector<int64_t>> dims = c.dims(c.integers("dims"), sizesOf(self).size());
  return failed(dims) ? failure() : c.done(c.b.permute(self, *dims, c.aten));
}

static LogicalResult transpose(OpCall &c, int64_t dim0, int64_t dim1) {
  Value self = c.tensor("self");
  SmallVector<int64_t> order = identity(self);
  FailureOr<int64_t> first = c.dim(dim0, order.size()), second = c.dim(dim1, order.size());
  if (failed(first) || failed(second))
    return failure();
  if (!order.empty())
    std::swap(order[*first], order[*second]);
  return c.done(c.b.permute(self, order, c.aten));
}
static LogicalResult importTranspose(OpCall &c) {
  return transpose(c, c.integer("dim0"), c.integer("dim1"));
}
static LogicalResult importSwapaxes(OpCall &c) {
  return transpose(c, c.integer("axis0"), c.integer("axis1"));
}
// t: a matrix, or unchanged below two dimensions.
static LogicalResult importT(OpCall &c) {
  size_t rank = sizesOf(c.tensor("self")).size();
  if (rank > 2)
    return c.invalid("it needs a tensor of at most two dimensions");
  return rank < 2 ? c.done(c.tensor("self")) : transpose(c, 0, 1);
}
// mT, and its conjugate, which is the same for real numbers.
static LogicalResult importMatrixTranspose(OpCall &c) {
  if (sizesOf(c.tensor("self")).size() < 2)
    return c.invalid("it needs a tensor of at least two dimensions");
  return transpose(c, -2, -1);
}
static LogicalResult importReverseDims(OpCall &c) {
  SmallVector<int64_t> order = identity(c.tensor("self"));
  std::reverse(order.begin(), order.end());
  return c.done(c.b.permute(c.tensor("self"), order, c.aten));
}

static LogicalResult importMovedim(OpCall &c) {
  Value self = c.tensor("self");
  int64_t rank = sizesOf(self).size();
  FailureOr<SmallVector<int64_t>> from = c.dims(c.integers("source"), rank);
  FailureOr<SmallVector<int64_t>> to = c.dims(c.integers("destination"), rank);
  if (failed(from) || failed(to))
    return failure();
  if (from->size() != to->size())
    return c.invalid("source and destination have different lengths");
  if (rank == 0)
    return c.done(self);
  SmallVector<int64_t> order(rank, -1), rest;
  for (auto [source, destination] : llvm::zip_equal(*from, *to))
    order[destination] = source;
  for (int64_t dim : identity(self))
    if (!llvm::is_contained(*from, dim))
      rest.push_back(dim);
  auto *next = rest.begin();
  for (int64_t &dim : order)
    if (dim == -1)
      dim = *next++;
  return c.done(c.b.permute(self, order, c.aten));
}

//===----------------------------------------------------------------------===//
// Broadcasts and repetitions
//===----------------------------------------------------------------------===//

// A size of -1 keeps the tensor's.
static LogicalResult expandTo(OpCall &c, ArrayRef<Size> sizes) {
  Value self = c.tensor("self");
  ArrayRef<Size> shape = sizesOf(self);
  SmallVector<Size> result(sizes);
  if (result.size() < shape.size())
    return c.invalid("it has fewer sizes than the tensor has dimensions");
  size_t added = result.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i)
    if (result[added + i] == -1)
      result[added + i] = shape[i];
  return c.done(c.b.expand(self, result));
}
static LogicalResult importExpand(OpCall &c) { return expandTo(c, c.sizes("size")); }
static LogicalResult importExpandAs(OpCall &c) { return expandTo(c, sizesOf(c.tensor("other"))); }

// Repeats each block of `shape` along each dimension: a new dimension in front of each repeated one
// (or behind it, if the elements themselves repeat), stretched and merged.
static Value repeat(OpCall &c, Value value, ArrayRef<Size> counts, bool eachElement) {
  SmallVector<Size> split, stretched, merged;
  for (auto [size, count] : llvm::zip_equal(sizesOf(value), counts)) {
    if (count.isNumber() && count.getNumber() < 0)
      return {};
    merged.push_back(size * count);
    if (count != 1 && !eachElement) {
      split.push_back(1);
      stretched.push_back(count);
    }
    split.push_back(size);
    stretched.push_back(size);
    if (count != 1 && eachElement) {
      split.push_back(1);
      stretched.push_back(count);
    }
  }
  Value opened = c.b.reshape(value, split, c.aten);
  return c.b.reshape(c.b.expand(opened, stretched), merged, c.aten);
}

static LogicalResult importRepeat(OpCall &c, ArrayRef<Size> given, bool mayBeShorter) {
  Value self = c.tensor("self");
  SmallVector<Size> shape(sizesOf(self)), counts(given);
  if (counts.size() < shape.size()) {
    if (!mayBeShorter)
      return c.invalid("it has fewer repeats than the tensor has dimensions");
    counts.insert(counts.begin(), shape.size() - counts.size(), 1);
  }
  shape.insert(shape.begin(), counts.size() - shape.size(), 1);
  Value wide = c.b.reshape(self, shape, c.aten);
  return c.done(wide ? repeat(c, wide, counts, /*eachElement=*/false) : wide);
}
static LogicalResult importRepeatDims(OpCall &c) {
  return importRepeat(c, c.sizes("repeats"), /*mayBeShorter=*/false);
}
static LogicalResult importTile(OpCall &c) {
  return importRepeat(c, c.sizes("dims"), /*mayBeShorter=*/true);
}

static LogicalResult importRepeatInterleave(OpCall &c) {
  Value self = c.tensor("self");
  if (c.isNone("dim"))
    self = c.flattened(self);
  if (!self)
    return failure();
  int64_t rank = sizesOf(self).size();
  FailureOr<int64_t> dim = c.isNone("dim") ? FailureOr<int64_t>(0) : c.dim(c.integer("dim"), rank);
  if (failed(dim))
    return failure();
  if (rank == 0)
    return c.invalid("it needs a tensor of at least one dimension");
  SmallVector<Size> counts(rank, 1);
  counts[*dim] = c.integer("repeats");
  return c.done(repeat(c, self, counts, /*eachElement=*/true));
}

static const OpEntry kOps[] = {
    {"view.default", "Tensor self, Size[] size", importView},
    {"_unsafe_view.default", "Tensor self, Size[] size", importView},
    {"reshape.default", "Tensor self, Size[] shape", importReshape},
    {"view_as.default", "Tensor self, Tensor other", importViewAs},
    {"reshape_as.default", "Tensor self, Tensor other", importViewAs},
    {"unsqueeze.default", "Tensor self, int dim", importUnsqueeze},
    {"squeeze.default", "Tensor self", importSqueezeAll},
    {"squeeze.dim", "Tensor self, int[] dim", importSqueezeDims},
    {"squeeze.dims", "Tensor self, int[] dim", importSqueezeDims},
    {"flatten.using_ints", "Tensor self, int start_dim=0, int end_dim=-1", importFlatten},
    {"unflatten.int", "Tensor self, int dim, Size[] sizes", importUnflatten},
    {"permute.default", "Tensor self, int[] dims", importPermute},
    {"transpose.int", "Tensor self, int dim0, int dim1", importTranspose},
    {"swapdims.default", "Tensor self, int dim0, int dim1", importTranspose},
    {"swapaxes.default", "Tensor self, int axis0, int axis1", importSwapaxes},
    {"t.default", "Tensor self", importT},
    {"mT.default", "Tensor self", importMatrixTranspose},
    {"mH.default", "Tensor self", importMatrixTranspose},
    {"adjoint.default", "Tensor self", importMatrixTranspose},
    {"matrix_H.default", "Tensor self", importMatrixTranspose},
    {"numpy_T.default", "Tensor self", importReverseDims},
    {"movedim.int", "Tensor self, int[] source, int[] destination", importMovedim},
    {"movedim.intlist", "Tensor self, int[] source, int[] destination", importMovedim},
    {"moveaxis.int", "Tensor self, int[] source, int[] destination", importMovedim},
    {"moveaxis.intlist", "Tensor self, int[] source, int[] destination", importMovedim},
    {"expand.default", "Tensor self, Size[] size, ignored implicit=False", importExpand},
    {"expand_as.default", "Tensor self, Tensor other", importExpandAs},
    {"broadcast_to.default", "Tensor self, Size[] size", importExpand},
    {"repeat.default", "Tensor self, Size[] repeats", importRepeatDims},
    {"tile.default", "Tensor self, Size[] dims", importTile},
    {"repeat_interleave.self_int",
     "Tensor self, int repeats, int? dim=None, ignored output_size=None", importRepeatInterleave},
};

ArrayRef<OpEntry> buddy::viewOps() { return kOps; }
