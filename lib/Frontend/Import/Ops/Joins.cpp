// Several tensors made one.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// The operands in their common element type.
static SmallVector<Value> promotedTensors(OpCall &c) {
  SmallVector<Operand> operands;
  for (Value tensor : c.tensors("tensors"))
    operands.push_back({tensor, {}});
  SmallVector<Value> result;
  if (operands.empty())
    return result;
  Type type = resultElementType(c.b.getContext(), operands);
  for (const Operand &operand : operands)
    result.push_back(c.b.convert(operand.tensor, type));
  return result;
}

static LogicalResult importCat(OpCall &c) {
  SmallVector<Value> tensors = promotedTensors(c);
  // What has no elements adds none, whatever its rank: [0] is PyTorch's empty cache.
  SmallVector<Value> full =
      llvm::filter_to_vector(tensors, [](Value value) { return hasElements(value); });
  if (!full.empty())
    tensors = full;
  if (tensors.empty() || sizesOf(tensors[0]).empty())
    return c.invalid("it needs at least one tensor, of at least one dimension");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(tensors[0]).size());
  return failed(dim) ? failure() : c.done(c.b.cat(tensors, *dim));
}

static LogicalResult importStack(OpCall &c) {
  SmallVector<Value> tensors = promotedTensors(c);
  if (tensors.empty())
    return c.invalid("it needs at least one tensor");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(tensors[0]).size() + 1);
  if (failed(dim))
    return failure();
  SmallVector<Size> shape(sizesOf(tensors[0]));
  shape.insert(shape.begin() + *dim, 1);
  for (Value &tensor : tensors)
    tensor = c.b.reshape(tensor, shape, "unsqueeze");
  return c.done(c.b.cat(tensors, *dim));
}

// Pairs of counts, the last dimension's first: elements before and after it; a negative count takes
// elements away.
static LogicalResult pad(OpCall &c, ArrayRef<int64_t> counts, const Scalar &fill) {
  Value result = c.tensor("self");
  int64_t rank = sizesOf(result).size();
  if (counts.size() % 2 || int64_t(counts.size()) > 2 * rank)
    return c.invalid("it needs a pair of counts for each of the last dimensions");
  for (size_t i = 0; i < counts.size() && result; i += 2) {
    int64_t dim = rank - 1 - i / 2, before = counts[i], after = counts[i + 1];
    Size size = sizesOf(result)[dim];
    if (size.isNumber() &&
        std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0) < -size.getNumber())
      return c.invalid("it takes away more than there is");
    result = c.b.slice(result, dim, std::max<int64_t>(-before, 0),
                       size - std::max<int64_t>(-after, 0), 1);
    if (!result)
      return c.unsupported("whether what it takes away is there depends on a dynamic size",
                           "narrow the range of that size (torch.export.Dim(min=, max=))");
    auto filled = [&](int64_t count) {
      SmallVector<Size> shape(sizesOf(result));
      shape[dim] = count;
      return c.b.full(shape, fill, elementTypeOf(result));
    };
    SmallVector<Value> parts = {result};
    if (before > 0)
      parts.insert(parts.begin(), filled(before));
    if (after > 0)
      parts.push_back(filled(after));
    result = c.b.cat(parts, dim);
  }
  return c.done(result);
}

static LogicalResult importPad(OpCall &c) {
  if (c.string("mode") != "constant")
    return c.unsupported("it pads by '" + c.string("mode") + "'",
                         "use mode='constant', or torch.cat of slices");
  return pad(c, c.integers("pad"), c.isNone("value") ? Scalar::ofInt(0) : c.scalar("value"));
}
static LogicalResult importConstantPad(OpCall &c) {
  return pad(c, c.integers("pad"), c.scalar("value"));
}

// The last `shift` elements come first; without dimensions, of the flattened tensor.
static LogicalResult importRoll(OpCall &c) {
  Value self = c.tensor("self");
  SmallVector<Size> shape(sizesOf(self));
  SmallVector<int64_t> shifts(c.integers("shifts"));
  bool isFlat = c.integers("dims").empty();
  if (isFlat)
    self = c.flattened(self);
  if (!self)
    return failure();
  SmallVector<int64_t> given(c.integers("dims"));
  if (isFlat)
    given.push_back(0);
  if (shifts.size() != given.size())
    return c.invalid("it needs a shift for each dimension");
  if (sizesOf(self).empty())
    return c.invalid("it needs a tensor of at least one dimension");
  for (auto [shift, number] : llvm::zip(shifts, given)) {
    FailureOr<int64_t> dim = c.dim(number, sizesOf(self).size());
    if (failed(dim))
      return failure();
    Size size = sizesOf(self)[*dim];
    if (size == 0)
      continue;
    // An open size must be at least as much as the shift, or the slices are refused.
    Size start = size.isNumber() ? mod(-shift, size) : shift > 0 ? size - shift : Size(-shift);
    if (start != 0)
      self = c.b.cat({c.b.slice(self, *dim, start, size, 1), c.b.slice(self, *dim, 0, start, 1)},
                     *dim);
    if (!self)
      return c.done(self);
  }
  return c.done(c.b.reshape(self, shape, "view"));
}

// Each tensor stretched over the dimensions of the others; "xy" exchanges the first two.
static LogicalResult meshgrid(OpCall &c, bool isXy) {
  SmallVector<Value> tensors(c.tensors("tensors"));
  SmallVector<Size> shape, own(tensors.size(), 1);
  for (Value tensor : tensors) {
    if (sizesOf(tensor).size() > 1)
      return c.invalid("it needs lists or single numbers");
    shape.push_back(productOf(sizesOf(tensor)));
  }
  bool isExchanged = isXy && tensors.size() > 1;
  if (isExchanged)
    std::swap(shape[0], shape[1]);
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    SmallVector<Size> alone(own);
    alone[isExchanged && i < 2 ? 1 - i : i] = productOf(sizesOf(tensor));
    tensor = c.b.expand(c.b.reshape(tensor, alone, "view"), shape);
  }
  return c.done(tensors);
}
static LogicalResult importMeshgrid(OpCall &c) { return meshgrid(c, false); }
static LogicalResult importMeshgridIndexing(OpCall &c) {
  return meshgrid(c, c.string("indexing") == "xy");
}

static const OpEntry kOps[] = {
    {"meshgrid.default", "Tensor[] tensors", importMeshgrid},
    {"meshgrid.indexing", "Tensor[] tensors, str indexing", importMeshgridIndexing},
    {"cat.default", "Tensor[] tensors, int dim=0", importCat},
    {"concat.default", "Tensor[] tensors, int dim=0", importCat},
    {"concatenate.default", "Tensor[] tensors, int dim=0", importCat},
    {"pad.default", "Tensor self, int[] pad, str mode=constant, Scalar? value=None", importPad},
    {"constant_pad_nd.default", "Tensor self, int[] pad, Scalar value=0", importConstantPad},
    {"roll.default", "Tensor self, int[] shifts, int[] dims=[]", importRoll},
    {"stack.default", "Tensor[] tensors, int dim=0", importStack},
};

ArrayRef<OpEntry> buddy::joinOps() { return kOps; }
