// Elements and rows chosen by tensors of indices.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static bool isIndex(Value value) {
  return elementTypeOf(value).isInteger(64) || elementTypeOf(value).isInteger(32);
}

// input[..., indices, ...] with the indices at `dim` and the dimensions after it.
static Value gather(OpCall &c, Value input, ArrayRef<Value> indices, int64_t dim, bool wrap) {
  SmallVector<ArrayRef<Size>> shapes;
  for (Value index : indices)
    shapes.push_back(sizesOf(index));
  FailureOr<SmallVector<Size>> indexed = graph::broadcastShapes(shapes);
  if (failed(indexed))
    return {};
  SmallVector<Size> shape(sizesOf(input).take_front(dim));
  llvm::append_range(shape, *indexed);
  llvm::append_range(shape, sizesOf(input).drop_front(dim + indices.size()));
  RankedTensorType type = makeTensorType(shape, elementTypeOf(input));
  if (!type)
    return {};
  return graph::GatherOp::create(c.b.builder, c.b.loc, type, input, indices, dim, wrap,
                                 c.b.builder.getStringAttr(c.aten))
      .getResult();
}

// padding_idx only matters to gradients; a negative index is an error, unlike in index.
static LogicalResult importEmbedding(OpCall &c) {
  Value weight = c.tensor("weight"), indices = c.tensor("indices");
  if (sizesOf(weight).size() != 2 || !isIndex(indices))
    return c.invalid("it needs a weight of rank 2 and integer indices");
  return c.done(gather(c, weight, {indices}, 0, /*wrap=*/false));
}

static LogicalResult importIndexSelect(OpCall &c) {
  Value self = c.tensor("self"), index = c.tensor("index");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(self).size());
  if (failed(dim))
    return failure();
  if (sizesOf(self).empty() || sizesOf(index).size() > 1 || !isIndex(index))
    return c.unsupported("it selects from a single number, or by more than a list of integers");
  if (sizesOf(index).empty())
    index = c.b.reshape(index, {1}, "unsqueeze");
  return c.done(gather(c, self, {index}, *dim, /*wrap=*/false));
}

// self[i, j], self[:, i] and so on; None stands for a whole dimension.
static LogicalResult importIndex(OpCall &c) {
  Value self = c.tensor("self");
  SmallVector<Value> indices;
  SmallVector<int64_t> indexed, others;
  if (c.tensors("indices").size() > sizesOf(self).size())
    return c.unsupported("it has more indices than the tensor has dimensions");
  for (auto [i, index] : llvm::enumerate(c.tensors("indices"))) {
    if (!index) {
      others.push_back(i);
      continue;
    }
    if (!isIndex(index))
      return c.unsupported("it chooses by a mask, so that the result's size depends on values",
                           "use torch.where, or multiply by the mask");
    indexed.push_back(i);
    indices.push_back(index);
  }
  if (indices.empty())
    return c.done(self);
  for (int64_t i = c.tensors("indices").size(); i < int64_t(sizesOf(self).size()); ++i)
    others.push_back(i);
  int64_t first = indexed.front();
  // Indices with whole dimensions between them come first in the result.
  if (indexed.back() - first + 1 != int64_t(indexed.size())) {
    SmallVector<int64_t> order(indexed);
    llvm::append_range(order, others);
    self = c.b.permute(self, order, "index");
    first = 0;
  }
  return c.done(gather(c, self, indices, first, /*wrap=*/true));
}

// result[i, j, k] = self[i, index[i, j, k], k] for dim = 1. Along the other dimensions every
// element names its own place.
static LogicalResult importGather(OpCall &c) {
  Value self = c.tensor("self"), index = c.tensor("index");
  SmallVector<Size> shape(sizesOf(index));
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), std::max<size_t>(sizesOf(self).size(), 1));
  if (failed(dim))
    return failure();
  // PyTorch takes a single number for a list of one.
  if (sizesOf(self).empty())
    self = c.b.reshape(self, {1}, "unsqueeze");
  if (sizesOf(index).empty())
    index = c.b.reshape(index, {1}, "unsqueeze");
  size_t rank = sizesOf(self).size();
  if (sizesOf(index).size() != rank || !isIndex(index))
    return c.invalid("it needs integer indices of the tensor's rank");
  SmallVector<Value> indices;
  for (size_t i = 0; i < rank; ++i) {
    Size size = sizesOf(index)[i];
    if (int64_t(i) == *dim) {
      indices.push_back(index);
      continue;
    }
    if (!isAtMost(size, sizesOf(self)[i], c.symbols()))
      return c.invalid("there are more indices than elements beside them");
    SmallVector<Size> alone(rank, 1);
    alone[i] = size;
    indices.push_back(c.b.reshape(c.b.arangeInt(0, 1, size, c.b.i64()), alone, "unsqueeze"));
  }
  return c.done(c.b.reshape(gather(c, self, indices, 0, /*wrap=*/false), shape, "gather"));
}

// self with the elements `index` names along `dim` replaced by those of `source`.
static Value indexCopy(OpCall &c, Value self, Value index, Value source, int64_t dim, bool wrap) {
  if (!index || !source)
    return {};
  // Nothing is replaced, or in a tensor that has nothing.
  if (sizesOf(index)[0] == 0 || !hasElements(self))
    return self;
  SmallVector<Size> shape(sizesOf(self));
  shape[dim] = sizesOf(index)[0];
  if (sizesOf(source) != ArrayRef<Size>(shape) || elementTypeOf(source) != elementTypeOf(self))
    return {};
  return graph::IndexCopyOp::create(c.b.builder, c.b.loc, tensorType(self), self, index, source,
                                    dim, wrap, c.b.builder.getStringAttr(c.aten))
      .getResult();
}

static LogicalResult importIndexCopy(OpCall &c) {
  Value self = c.tensor("self"), index = c.tensor("index"), source = c.tensor("source");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), std::max<size_t>(sizesOf(self).size(), 1));
  if (failed(dim))
    return failure();
  if (!isIndex(index) || sizesOf(index).size() > 1)
    return c.invalid("it needs a list of integers");
  SmallVector<Size> shape(sizesOf(self));
  if (shape.empty())
    self = c.b.reshape(self, {1}, "unsqueeze");
  if (sizesOf(index).empty())
    index = c.b.reshape(index, {1}, "unsqueeze");
  SmallVector<Size> part(sizesOf(self));
  part[*dim] = sizesOf(index)[0];
  // A single number, or a source without the dimension, stands for one element along it.
  if (productOf(sizesOf(source)) == productOf(part))
    source = c.b.reshape(source, part, "unsqueeze");
  return c.done(
      c.b.reshape(indexCopy(c, self, index, source, *dim, /*wrap=*/false), shape, "squeeze"));
}

// self with one value where the mask, whose first dimension is self's `dim`, is true.
static Value fillWhere(OpCall &c, Value self, Value mask, int64_t dim, Value value) {
  int64_t rest = int64_t(sizesOf(self).size()) - dim - int64_t(sizesOf(mask).size());
  if (rest < 0)
    return {};
  SmallVector<Size> shape(sizesOf(mask));
  shape.append(rest, 1);
  value = c.b.convert(c.b.reshape(value, {}, "view"), elementTypeOf(self));
  return c.b.where(c.b.reshape(mask, shape, "unsqueeze"), value, self);
}

// self[..., index, ...] = values for one list of indices, or one value where a mask is true; None
// stands for a whole dimension.
static LogicalResult importIndexPut(OpCall &c) {
  Value self = c.tensor("self"), values = c.tensor("values");
  if (c.boolean("accumulate"))
    return c.unsupported("it adds to what is there (accumulate)",
                         "use index_add of distinct rows, or torch.where");
  Value index;
  int64_t dim = 0;
  for (auto [i, one] : llvm::enumerate(c.tensors("indices"))) {
    if (!one)
      continue;
    if (!index && elementTypeOf(one).isInteger(1) && productOf(sizesOf(values)) == 1 &&
        i + 1 == c.tensors("indices").size())
      return c.done(fillWhere(c, self, one, i, values));
    if (index)
      return c.unsupported("it indexes more than one dimension at once",
                           "index one dimension, or use torch.where");
    index = one;
    dim = i;
  }
  if (!index || !isIndex(index))
    return c.unsupported("it chooses by a mask, not by a list of integers", "use torch.where");
  if (sizesOf(index).size() > 1)
    return c.unsupported("its indices have more than one dimension",
                         "use a list of indices (flatten them and the values)");
  if (dim >= int64_t(sizesOf(self).size()))
    return c.invalid("it has more indices than the tensor has dimensions");
  // PyTorch broadcasts the values to the shape of self[..., index, ...].
  bool isOne = sizesOf(index).empty();
  SmallVector<Size> part(sizesOf(self)), kept(part);
  part[dim] = isOne ? 1 : sizesOf(index)[0];
  if (isOne) {
    kept.erase(kept.begin() + dim);
    index = c.b.reshape(index, {1}, "unsqueeze");
    values = c.b.expand(values, kept);
    values = values ? c.b.reshape(values, part, "unsqueeze") : Value();
  } else {
    values = c.b.expand(values, part);
  }
  return c.done(indexCopy(c, self, index, values, dim, /*wrap=*/true));
}

// self with self[start:end:step] along `dim` replaced.
static LogicalResult importSliceScatter(OpCall &c) {
  Value self = c.tensor("self"), source = c.tensor("src");
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  Size size = sizesOf(self)[*dim];
  int64_t step = c.integer("step");
  auto bound = [&](StringRef name, Size otherwise) {
    Size value = c.isNone(name) ? otherwise : Size(c.integer(name));
    if (leastSize(value, c.symbols()) < 0)
      value += size;
    return min(max(value, 0), size);
  };
  Size start = bound("start", 0), end = max(bound("end", size), start);
  if (step < 1)
    return c.invalid("its step is not positive");
  Size count = ceilDiv(end - start, step);
  if (!numberOfSize(count))
    return c.unsupported(
        "it writes a part of a tensor whose length depends on dynamic sizes in a way "
        "that is not supported",
        "write every element of the dimension, or export with a fixed size there");
  Value index = c.b.arangeInt(start, step, count, c.b.i64());
  return c.done(indexCopy(c, self, index, source, *dim, /*wrap=*/false));
}

// self with self[index] along `dim` replaced.
static LogicalResult importSelectScatter(OpCall &c) {
  Value self = c.tensor("self"), source = c.tensor("src");
  FailureOr<int64_t> dim = c.dimOfSelf();
  if (failed(dim))
    return failure();
  Size size = sizesOf(self)[*dim], at = c.integer("index");
  if (c.integer("index") < 0)
    at += size;
  if (!isAtMost(0, at, c.symbols()) || !isAtMost(at + 1, size, c.symbols()))
    return c.invalid("its index is outside of the dimension");
  SmallVector<Size> part(sizesOf(self));
  part[*dim] = 1;
  return c.done(indexCopy(c, self, c.b.arangeInt(at, 1, 1, c.b.i64()),
                          c.b.reshape(source, part, "unsqueeze"), *dim, /*wrap=*/false));
}

static LogicalResult importCopy(OpCall &c) {
  Value self = c.tensor("self");
  return c.done(c.b.expand(c.b.convert(c.tensor("src"), elementTypeOf(self)), sizesOf(self)));
}

static const OpEntry kOps[] = {
    {"index_copy.default", "Tensor self, int dim, Tensor index, Tensor source", importIndexCopy},
    {"index_put.default", "Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False",
     importIndexPut},
    {"slice_scatter.default",
     "Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1",
     importSliceScatter},
    {"select_scatter.default", "Tensor self, Tensor src, int dim, int index", importSelectScatter},
    {"copy.default", "Tensor self, Tensor src, ignored non_blocking=False", importCopy},
    {"embedding.default",
     "Tensor weight, Tensor indices, ignored padding_idx=-1, ignored scale_grad_by_freq=False, "
     "ignored sparse=False",
     importEmbedding},
    {"index_select.default", "Tensor self, int dim, Tensor index", importIndexSelect},
    {"gather.default", "Tensor self, int dim, Tensor index, ignored sparse_grad=False",
     importGather},
    {"index.Tensor", "Tensor self, Tensor?[] indices", importIndex},
};

ArrayRef<OpEntry> buddy::indexingOps() { return kOps; }
