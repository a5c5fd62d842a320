// Sums, means, maxima and softmax.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace buddy;

// The dimensions of a reduction in ascending order; none given means all of them.
static FailureOr<SmallVector<int64_t>> reducedDims(OpCall &c, ArrayRef<int64_t> given) {
  int64_t rank = sizesOf(c.tensor("self")).size();
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

// Integers and bools are summed as int64.
static Type sumType(OpCall &c) {
  Type element = elementTypeOf(c.tensor("self"));
  return c.computedDtype("dtype", isa<FloatType>(element) ? element : c.b.i64());
}
static LogicalResult sum(OpCall &c, ArrayRef<int64_t> dims, bool keepDims) {
  Type type = sumType(c);
  if (type && type.isInteger(1)) // + of bools is `or`
    return anyOrAll(c, dims, keepDims, /*all=*/false);
  return reduce<graph::SumOp>(c, dims, keepDims, type);
}
static LogicalResult importSum(OpCall &c) {
  return sum(c, c.integers("dim"), c.boolean("keepdim"));
}
static LogicalResult importSumAll(OpCall &c) { return sum(c, {}, false); }

static LogicalResult mean(OpCall &c, ArrayRef<int64_t> dims, bool keepDims) {
  Type type = c.computedDtype("dtype", elementTypeOf(c.tensor("self")));
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

// The least is the negated largest of what is negated.
static LogicalResult amin(OpCall &c, ArrayRef<int64_t> given, bool keepDims) {
  Value self = c.tensor("self");
  if (elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to bool", "convert to a number first (`.int()`)");
  FailureOr<SmallVector<int64_t>> dims = reducedDims(c, given);
  if (failed(dims))
    return failure();
  Value largest = c.b.reduce<graph::AmaxOp>(c.b.unary<graph::NegOp>(self), *dims, keepDims);
  return c.done(c.b.unary<graph::NegOp>(largest));
}
static LogicalResult importAmin(OpCall &c) {
  return amin(c, c.integers("dim"), c.boolean("keepdim"));
}
static LogicalResult importMinAll(OpCall &c) { return amin(c, {}, false); }

// Where along `dim` the largest element is; of equal ones the first, and a NaN is larger than any
// number. `dim` stays with size 1.
static Value indexOfLargest(GraphBuilder &b, Value x, int64_t dim) {
  Value largest = b.reduce<graph::AmaxOp>(x, {dim}, /*keepDims=*/true);
  Value isLargest = b.compare<graph::EqOp>(x, largest);
  if (isa<FloatType>(elementTypeOf(x))) // with a NaN in the row, `largest` is one: equal to nothing
    isLargest = b.binary<graph::LogicalOrOp>(isLargest, b.compare<graph::NeOp>(x, x));
  Size size = sizesOf(x)[dim];
  SmallVector<Size> places(sizesOf(x).size(), 1);
  places[dim] = size;
  // Places are negative, counted from the front: the first is the largest of them.
  Value place =
      b.reshape(b.unary<graph::NegOp>(b.arangeInt(0, 1, size, b.i64())), places, "unsqueeze");
  Value last = size.isOpen() ? b.binary<graph::SubOp>(b.constant(Scalar::ofInt(1), b.i64()),
                                                      b.sizeValue(size, b.i64()))
                             : b.constant(Scalar::ofInt(1 - size.getNumber()), b.i64());
  Value found = b.where(isLargest, place, last);
  return b.unary<graph::NegOp>(b.reduce<graph::AmaxOp>(found, {dim}, /*keepDims=*/true));
}

// What argmax and argmin search: a value with a dimension, in which bools are numbers.
static Value searched(OpCall &c, Value self, bool least) {
  if (elementTypeOf(self).isInteger(1))
    self = c.b.convert(self, c.b.i64());
  return least ? c.b.unary<graph::NegOp>(self) : self;
}

template <bool least> static LogicalResult importArgument(OpCall &c) {
  Value self = c.tensor("self");
  int64_t rank = sizesOf(self).size();
  bool isFlat = c.isNone("dim"), keepDims = c.boolean("keepdim");
  FailureOr<int64_t> dim = isFlat ? 0 : c.dim(c.integer("dim"), std::max<int64_t>(rank, 1));
  if (failed(dim))
    return failure();
  if (isFlat || rank == 0)
    self = c.flattened(self);
  if (!self)
    return failure();
  Value index = indexOfLargest(c.b, searched(c, self, least), *dim);
  if (!isFlat && rank > 0)
    return c.done(keepDims ? index : c.b.dropDims(index, {*dim}));
  return c.done(c.b.reshape(index, SmallVector<Size>(keepDims ? rank : 0, 1), "squeeze"));
}

// Largest or least elements along a dimension, and where they are.
template <bool least> static LogicalResult importExtremeOfDim(OpCall &c) {
  Value self = c.tensor("self");
  if (sizesOf(self).empty() || elementTypeOf(self).isInteger(1))
    return c.unsupported("it is applied to bools or to a single number");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(self).size());
  if (failed(dim))
    return failure();
  Value x = searched(c, self, least), index = indexOfLargest(c.b, x, *dim);
  Value value = c.b.reduce<graph::AmaxOp>(x, {*dim}, /*keepDims=*/true);
  SmallVector<Value> results = {least ? c.b.unary<graph::NegOp>(value) : value, index};
  if (!c.boolean("keepdim"))
    for (Value &result : results)
      result = c.b.dropDims(result, {*dim});
  return c.done(results);
}

// (sum |x|^p)^(1/p) for the p that have a short form.
static LogicalResult norm(OpCall &c, double power, ArrayRef<int64_t> dims, bool keepDims,
                          Type type) {
  Value x = c.b.convert(c.tensor("self"), type);
  if (!type || !isa<FloatType>(type))
    return type ? c.unsupported("it is applied to integers", "convert to float first (`.float()`)")
                : failure();
  FailureOr<SmallVector<int64_t>> reduced = reducedDims(c, dims);
  if (failed(reduced))
    return failure();
  if (power == 2) {
    Value sum = c.b.reduce<graph::SumOp>(c.b.binary<graph::MulOp>(x, x), *reduced, keepDims);
    return c.done(c.b.unary<graph::SqrtOp>(sum));
  }
  Value size = c.b.unary<graph::AbsOp>(x);
  if (power == 1)
    return c.done(c.b.reduce<graph::SumOp>(size, *reduced, keepDims));
  if (power == INFINITY)
    return c.done(c.b.reduce<graph::AmaxOp>(size, *reduced, keepDims));
  return c.unsupported("it is a norm of order " + llvm::Twine(std::to_string(power)),
                       "use order 1, 2 or infinity");
}
static LogicalResult importVectorNorm(OpCall &c) {
  return norm(c, c.scalar("ord").asDouble(), c.integers("dim"), c.boolean("keepdim"),
              c.computedDtype("dtype", elementTypeOf(c.tensor("self"))));
}
static LogicalResult importNorm(OpCall &c) {
  return norm(c, c.isNone("p") ? 2 : c.scalar("p").asDouble(), c.integers("dim"),
              c.boolean("keepdim"), elementTypeOf(c.tensor("self")));
}

// Means of equal parts along each of the last dimensions.
static LogicalResult importAdaptivePool(OpCall &c) {
  Value x = c.tensor("self");
  ArrayRef<int64_t> sizes = c.integers("output_size");
  int64_t first = int64_t(sizesOf(x).size()) - int64_t(sizes.size());
  if (first < 0 || !isa<FloatType>(elementTypeOf(x)))
    return c.invalid("it needs a float tensor with all dimensions that it names");
  SmallVector<Size> split(sizesOf(x).take_front(first));
  SmallVector<int64_t> reduced;
  for (auto [size, now] : llvm::zip(sizes, sizesOf(x).drop_front(first))) {
    if (size < 1 || mod(now, size) != 0)
      return c.unsupported("its parts differ in size (" + c.text(now) + " elements in " +
                               llvm::Twine(size) + " parts)",
                           "use a number of parts that divides the dimension");
    split.append({size, floorDiv(now, size)});
    reduced.push_back(split.size() - 1);
  }
  return c.done(c.b.reduce<graph::MeanOp>(c.b.reshape(x, split, "view"), reduced, false));
}

static LogicalResult importAny(OpCall &c) {
  return anyOrAll(c, c.integers("dim"), c.boolean("keepdim"), /*all=*/false);
}
static LogicalResult importAll(OpCall &c) {
  return anyOrAll(c, c.integers("dim"), c.boolean("keepdim"), /*all=*/true);
}
static LogicalResult importAnyEverywhere(OpCall &c) { return anyOrAll(c, {}, false, false); }
static LogicalResult importAllEverywhere(OpCall &c) { return anyOrAll(c, {}, false, true); }

static LogicalResult softmax(OpCall &c, Type type) {
  Value self = c.tensor("self");
  if (!type)
    return failure();
  if (!isa<FloatType>(type))
    return c.invalid("a softmax of integers needs a float dtype");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), sizesOf(self).size());
  if (failed(dim))
    return failure();
  Value x = c.b.convert(self, type);
  if (!sizesOf(self).empty())
    return c.done(c.b.softmax(x, *dim));
  return c.done(c.b.dropDims(c.b.softmax(c.b.reshape(x, {1}, "unsqueeze"), 0), {0}));
}
static LogicalResult importSoftmax(OpCall &c) {
  return softmax(c, c.computedDtype("dtype", elementTypeOf(c.tensor("self"))));
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
    {"max.dim", "Tensor self, int dim, bool keepdim=False", importExtremeOfDim<false>},
    {"amin.default", "Tensor self, int[] dim=[], bool keepdim=False", importAmin},
    {"min.default", "Tensor self", importMinAll},
    {"min.dim", "Tensor self, int dim, bool keepdim=False", importExtremeOfDim<true>},
    {"argmax.default", "Tensor self, int? dim=None, bool keepdim=False", importArgument<false>},
    {"argmin.default", "Tensor self, int? dim=None, bool keepdim=False", importArgument<true>},
    {"linalg_vector_norm.default",
     "Tensor self, Scalar ord=2, int[]? dim=None, bool keepdim=False, dtype? dtype=None",
     importVectorNorm},
    {"norm.Scalar", "Tensor self, Scalar p=2, int[] dim=[], bool keepdim=False", importNorm},
    {"norm.ScalarOpt_dim", "Tensor self, Scalar? p, int[] dim, bool keepdim=False", importNorm},
    {"adaptive_avg_pool1d.default", "Tensor self, int[] output_size", importAdaptivePool},
    {"adaptive_avg_pool2d.default", "Tensor self, int[] output_size", importAdaptivePool},
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
