// Sums, means, maxima and softmax.
#include "buddy/Frontend/Import/OpTable.h"
#include <numeric>

using namespace mlir;
using namespace buddy;

// The dimensions of a reduction in ascending order; none given means all of them.
static FailureOr<SmallVector<int64_t>> reducedDims(OpCall &c, ArrayRef<int64_t> given) {
  int64_t rank = shapeOf(c.tensor("self")).size();
  if (given.empty()) {
    SmallVector<int64_t> all(rank);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  FailureOr<SmallVector<int64_t>> dims = c.dims(given, rank);
  if (succeeded(dims)) {
    llvm::sort(*dims);
    if (rank == 0) // dimension 0 of a single number
      dims->clear();
  }
  return dims;
}

template <typename Op>
static LogicalResult reduce(OpCall &c, ArrayRef<int64_t> given, bool keepDims, Type type) {
  FailureOr<SmallVector<int64_t>> dims = reducedDims(c, given);
  if (failed(dims) || !type)
    return failure();
  return c.done(c.b.reduce<Op>(c.b.convert(c.tensor("self"), type), *dims, keepDims));
}

// Integers and bools are summed as int64.
static Type sumType(OpCall &c) {
  Type element = elementTypeOf(c.tensor("self"));
  return c.dtype("dtype", isa<FloatType>(element) ? element : c.b.i64());
}
static LogicalResult importSum(OpCall &c) {
  return reduce<graph::SumOp>(c, c.integers("dim"), c.boolean("keepdim"), sumType(c));
}
static LogicalResult importSumAll(OpCall &c) {
  return reduce<graph::SumOp>(c, {}, false, sumType(c));
}

static LogicalResult mean(OpCall &c, ArrayRef<int64_t> dims, bool keepDims) {
  Type type = c.dtype("dtype", elementTypeOf(c.tensor("self")));
  if (type && !isa<FloatType>(type))
    return c.invalid("a mean of integers needs a float dtype");
  return reduce<graph::MeanOp>(c, dims, keepDims, type);
}
static LogicalResult importMean(OpCall &c) {
  return mean(c, c.integers("dim"), c.boolean("keepdim"));
}
static LogicalResult importMeanAll(OpCall &c) { return mean(c, {}, false); }

static LogicalResult amax(OpCall &c, ArrayRef<int64_t> dims, bool keepDims) {
  Type type = elementTypeOf(c.tensor("self"));
  if (type.isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.int()`)");
  return reduce<graph::AmaxOp>(c, dims, keepDims, type);
}
static LogicalResult importAmax(OpCall &c) {
  return amax(c, c.integers("dim"), c.boolean("keepdim"));
}
static LogicalResult importMaxAll(OpCall &c) { return amax(c, {}, false); }

// any: whether the count of true elements is not zero. all: whether none is false.
static LogicalResult anyOrAll(OpCall &c, ArrayRef<int64_t> given, bool keepDims, bool all) {
  FailureOr<SmallVector<int64_t>> dims = reducedDims(c, given);
  if (failed(dims))
    return failure();
  Value found = c.b.convert(c.tensor("self"), c.b.i1());
  if (all)
    found = c.b.unary<graph::LogicalNotOp>(found);
  Value count = c.b.reduce<graph::SumOp>(c.b.convert(found, c.b.i64()), *dims, keepDims);
  Value zero = c.b.constant(Scalar::ofInt(0), c.b.i64());
  return c.done(all ? c.b.compare<graph::EqOp>(count, zero)
                    : c.b.compare<graph::NeOp>(count, zero));
}
static LogicalResult importAny(OpCall &c) {
  return anyOrAll(c, c.integers("dim"), c.boolean("keepdim"), /*all=*/false);
}
static LogicalResult importAll(OpCall &c) {
  return anyOrAll(c, c.integers("dim"), c.boolean("keepdim"), /*all=*/true);
}
static LogicalResult importAnyEverywhere(OpCall &c) { return anyOrAll(c, {}, false, false); }
static LogicalResult importAllEverywhere(OpCall &c) { return anyOrAll(c, {}, false, true); }

static LogicalResult importMaxDim(OpCall &c) {
  return c.unsupported("it gives indices, which are not supported",
                       "use torch.amax if only the values are needed");
}

static LogicalResult softmax(OpCall &c, Type type) {
  Value self = c.tensor("self");
  if (!type)
    return failure();
  if (!isa<FloatType>(type))
    return c.invalid("a softmax of integers needs a float dtype");
  if (shapeOf(self).empty())
    return c.unsupported("it is applied to a tensor of rank 0");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shapeOf(self).size());
  return failed(dim) ? failure() : c.done(c.b.softmax(c.b.convert(self, type), *dim));
}
static LogicalResult importSoftmax(OpCall &c) {
  return softmax(c, c.dtype("dtype", elementTypeOf(c.tensor("self"))));
}
// half_to_float asks for f32 results of f16, which no tensor here is.
static LogicalResult importRawSoftmax(OpCall &c) {
  return softmax(c, elementTypeOf(c.tensor("self")));
}

static const OpEntry kOps[] = {
    {"sum.default", "Tensor self, dtype? dtype=None", importSumAll},
    {"sum.dim_IntList", "Tensor self, int[]? dim, bool keepdim=False, dtype? dtype=None",
     importSum},
    {"mean.default", "Tensor self, dtype? dtype=None", importMeanAll},
    {"mean.dim", "Tensor self, int[]? dim, bool keepdim=False, dtype? dtype=None", importMean},
    {"amax.default", "Tensor self, int[] dim=[], bool keepdim=False", importAmax},
    {"max.default", "Tensor self", importMaxAll},
    {"max.dim", "ignored self, ignored dim, ignored keepdim=False", importMaxDim},
    {"any.default", "Tensor self", importAnyEverywhere},
    {"any.dim", "Tensor self, int[] dim, bool keepdim=False", importAny},
    {"any.dims", "Tensor self, int[]? dim=None, bool keepdim=False", importAny},
    {"all.default", "Tensor self", importAllEverywhere},
    {"all.dim", "Tensor self, int[] dim, bool keepdim=False", importAll},
    {"all.dims", "Tensor self, int[]? dim=None, bool keepdim=False", importAll},
    {"softmax.int", "Tensor self, int dim, dtype? dtype=None", importSoftmax},
    {"_softmax.default", "Tensor self, int dim, ignored half_to_float", importRawSoftmax},
};

ArrayRef<OpEntry> buddy::reductionOps() { return kOps; }
