// Elements and rows chosen by tensors of indices.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static bool isIndex(Value value) {
  return elementTypeOf(value).isInteger(64) || elementTypeOf(value).isInteger(32);
}

// input[..., indices, ...] with the indices at `dim` and the dimensions after it.
static Value gather(OpCall &c, Value input, ArrayRef<Value> indices, int64_t dim, bool wrap) {
  SmallVector<ArrayRef<int64_t>> shapes;
  for (Value index : indices)
    shapes.push_back(shapeOf(index));
  FailureOr<SmallVector<int64_t>> indexed = graph::broadcastShapes(shapes);
  if (failed(indexed))
    return {};
  SmallVector<int64_t> shape(shapeOf(input).take_front(dim));
  llvm::append_range(shape, *indexed);
  llvm::append_range(shape, shapeOf(input).drop_front(dim + indices.size()));
  RankedTensorType type = makeTensorType(shape, elementTypeOf(input));
  if (!type)
    return {};
  return graph::GatherOp::create(c.b.builder, c.b.loc, type, input, indices, dim, wrap).getResult();
}

// padding_idx only matters to gradients; a negative index is an error, unlike in index.
static LogicalResult importEmbedding(OpCall &c) {
  Value weight = c.tensor("weight"), indices = c.tensor("indices");
  if (shapeOf(weight).size() != 2 || !isIndex(indices))
    return c.invalid("it needs a weight of rank 2 and integer indices");
  return c.done(gather(c, weight, {indices}, 0, /*wrap=*/false));
}

static LogicalResult importIndexSelect(OpCall &c) {
  Value self = c.tensor("self"), index = c.tensor("index");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shapeOf(self).size());
  if (failed(dim))
    return failure();
  if (shapeOf(self).empty() || shapeOf(index).size() > 1 || !isIndex(index))
    return c.unsupported("it selects from a single number, or by more than a list of integers");
  if (shapeOf(index).empty())
    index = c.b.reshape(index, {1}, "unsqueeze");
  return c.done(gather(c, self, {index}, *dim, /*wrap=*/false));
}

// self[i, j], self[:, i] and so on; None stands for a whole dimension.
static LogicalResult importIndex(OpCall &c) {
  Value self = c.tensor("self");
  SmallVector<Value> indices;
  SmallVector<int64_t> indexed, others;
  if (c.tensors("indices").size() > shapeOf(self).size())
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
  for (int64_t i = c.tensors("indices").size(); i < int64_t(shapeOf(self).size()); ++i)
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
  SmallVector<int64_t> shape(shapeOf(index));
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), std::max<size_t>(shapeOf(self).size(), 1));
  if (failed(dim))
    return failure();
  // PyTorch takes a single number for a list of one.
  if (shapeOf(self).empty())
    self = c.b.reshape(self, {1}, "unsqueeze");
  if (shapeOf(index).empty())
    index = c.b.reshape(index, {1}, "unsqueeze");
  size_t rank = shapeOf(self).size();
  if (shapeOf(index).size() != rank || !isIndex(index))
    return c.invalid("it needs integer indices of the tensor's rank");
  SmallVector<Value> indices;
  for (size_t i = 0; i < rank; ++i) {
    int64_t size = shapeOf(index)[i];
    if (int64_t(i) == *dim) {
      indices.push_back(index);
      continue;
    }
    if (size > shapeOf(self)[i])
      return c.invalid("there are more indices than elements beside them");
    SmallVector<int64_t> alone(rank, 1);
    alone[i] = size;
    indices.push_back(c.b.reshape(c.b.arangeInt(0, 1, size, c.b.i64()), alone, "unsqueeze"));
  }
  return c.done(c.b.reshape(gather(c, self, indices, 0, /*wrap=*/false), shape, "gather"));
}

static const OpEntry kOps[] = {
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
