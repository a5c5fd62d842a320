// Tensors whose elements are a linear function of their position.
#include "buddy/Frontend/Graph/Transforms/AffineIndex.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {

static constexpr int64_t kExact = int64_t(1) << 24;
static constexpr int64_t kLargestTable = int64_t(1) << 20;
static constexpr int kMostSteps = 256;

static std::optional<int64_t> exactInteger(double value) {
  if (!(std::fabs(value) <= double(kExact)) || value != std::floor(value))
    return std::nullopt;
  return int64_t(value);
}

static std::optional<int64_t> exactInteger(Attribute attribute) {
  if (auto value = dyn_cast<IntegerAttr>(attribute); value && isSymbolic(value.getInt()))
    return value.getInt();
  if (auto value = dyn_cast<FloatAttr>(attribute))
    return exactInteger(value.getValueAsDouble());
  if (auto value = dyn_cast<IntegerAttr>(attribute); value && value.getValue().isSignedIntN(26))
    return exactInteger(double(value.getValue().getSExtValue()));
  return std::nullopt;
}

// A small table of numbers that turns out to be linear.
static std::optional<AffineIndex> affineTable(ConstantOp op) {
  RankedTensorType type = op.getResult().getType();
  if (isSymbolic(type) || type.getNumElements() == 0 || type.getNumElements() > kLargestTable)
    return std::nullopt;
  std::optional<HostTensor> table = hostTensor(op.getValue());
  if (!table)
    return std::nullopt;
  std::optional<AffineIndex> result;
  dispatchElement(table->element, [&](auto zero) {
    using T = decltype(zero);
    const T *data = table->data<T>();
    AffineIndex affine;
    std::optional<int64_t> first = exactInteger(double(data[0]));
    if (!first)
      return;
    affine.constant = *first;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      std::optional<int64_t> next =
          type.getDimSize(d) == 1 ? first : exactInteger(double(data[table->strides[d]]));
      if (!next)
        return;
      affine.coefficients.push_back(*next - *first);
    }
    // The linear function itself walks along as a second set of strides.
    bool linear = true;
    forEachRow<2>(type.getShape(),
                  {ArrayRef<int64_t>(table->strides), ArrayRef<int64_t>(affine.coefficients)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t i = 0; i < count && linear; ++i)
                      linear = double(data[offsets[0] + i * inner[0]]) ==
                               double(affine.constant + offsets[1] + i * inner[1]);
                  });
    if (linear)
      result = affine;
  });
  return result;
}

static std::optional<AffineIndex> affineOf(Value value, int &steps);

// Pieces of one progression after the other, as diff's `prepend` makes them.
static std::optional<AffineIndex> affineOfCat(CatOp cat, int &steps) {
  int64_t dim = cat.getDim(), at = 0;
  std::optional<AffineIndex> whole;
  std::optional<int64_t> step; // along `dim`
  SmallVector<std::pair<AffineIndex, int64_t>> pieces;
  for (Value input : cat.getInputs()) {
    std::optional<AffineIndex> piece = affineOf(input, steps);
    if (!piece)
      return std::nullopt;
    if (tensorType(input).getDimSize(dim) != 1 && !step)
      step = piece->coefficients[dim];
    pieces.push_back({*piece, at});
    std::optional<int64_t> end = addSizes(at, tensorType(input).getDimSize(dim));
    if (!end)
      return std::nullopt;
    at = *end;
  }
  if (pieces.size() == 1)
    return pieces.front().first;
  if (!step)
    step = addSizes(pieces[1].first.constant, -pieces[0].first.constant);
  if (!step)
    return std::nullopt;
  whole = pieces.front().first;
  whole->coefficients[dim] = *step;
  for (auto [piece, input] : llvm::zip_equal(pieces, cat.getInputs())) {
    RankedTensorType type = tensorType(input);
    if (isSymbolic(piece.second) && *step != 1 && *step != -1 && *step != 0)
      return std::nullopt;
    if (addSizes(whole->constant, *step * piece.second) != piece.first.constant)
      return std::nullopt;
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (type.getDimSize(d) != 1 && piece.first.coefficients[d] != whole->coefficients[d])
        return std::nullopt;
  }
  return whole;
}

static std::optional<AffineIndex> affineOfOp(Operation *op, RankedTensorType type, int &steps) {
  size_t rank = type.getRank();
  AffineIndex out;
  out.coefficients.assign(rank, 0);
  if (auto arange = dyn_cast<ArangeOp>(op)) {
    auto start = exactInteger(arange.getStart()), step = exactInteger(arange.getStep());
    if (!start || !step)
      return std::nullopt;
    out.constant = *start;
    out.coefficients[0] = *step;
    return out;
  }
  if (auto constant = dyn_cast<ConstantOp>(op))
    return affineTable(constant);
  if (auto cat = dyn_cast<CatOp>(op))
    return affineOfCat(cat, steps);
  if (!isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp, ConvertOp, NegOp, AddOp, SubOp, MulOp>(op) ||
      isHalf(type.getElementType())) // which has not every whole number beyond 256
    return std::nullopt;
  std::optional<AffineIndex> in = affineOf(op->getOperand(0), steps);
  if (!in)
    return std::nullopt;
  RankedTensorType inType = tensorType(op->getOperand(0));
  out.constant = in->constant;
  if (isa<ReshapeOp>(op)) {
    auto match = matchUnitDims(inType.getShape(), type.getShape());
    if (!match)
      return std::nullopt;
    for (auto [d, from] : llvm::enumerate(*match))
      if (from >= 0)
        out.coefficients[d] = in->coefficients[from];
    return out;
  }
  if (auto permute = dyn_cast<PermuteOp>(op)) {
    for (auto [d, from] : llvm::enumerate(permute.getPermutation()))
      out.coefficients[d] = in->coefficients[from];
    return out;
  }
  if (auto slice = dyn_cast<SliceOp>(op)) {
    int64_t start = slice.getStart(), coefficient = in->coefficients[slice.getDim()];
    if (isSymbolic(start) && std::abs(coefficient) > 1)
      return std::nullopt;
    std::optional<int64_t> constant = addSizes(in->constant, start * coefficient);
    if (!constant)
      return std::nullopt;
    out = *in;
    out.constant = *constant;
    // A step beyond the range takes one element, whatever its size.
    out.coefficients[slice.getDim()] *=
        type.getDimSize(slice.getDim()) < 2 ? 0 : int64_t(slice.getStep());
    return out;
  }
  // Elementwise: aligned at the last dimension; stretched dimensions do not matter.
  auto accumulate = [&](const AffineIndex &from, RankedTensorType fromType, int64_t factor) {
    for (int64_t d = 0; d < fromType.getRank(); ++d)
      if (fromType.getDimSize(d) != 1)
        out.coefficients[rank - fromType.getRank() + d] += factor * from.coefficients[d];
  };
  if (isa<ConvertOp, ExpandOp>(op)) {
    accumulate(*in, inType, 1);
    return out;
  }
  if (isa<NegOp>(op)) {
    out.constant = -in->constant;
    accumulate(*in, inType, -1);
    return out;
  }
  std::optional<AffineIndex> rhs = affineOf(op->getOperand(1), steps);
  if (!rhs)
    return std::nullopt;
  RankedTensorType rhsType = tensorType(op->getOperand(1));
  if (isa<AddOp, SubOp>(op)) {
    int64_t sign = isa<AddOp>(op) ? 1 : -1;
    std::optional<int64_t> constant = addSizes(in->constant, sign * rhs->constant);
    if (!constant)
      return std::nullopt;
    out.constant = *constant;
    accumulate(*in, inType, 1);
    accumulate(*rhs, rhsType, sign);
    return out;
  }
  auto isConstant = [](const AffineIndex &affine) {
    return llvm::all_of(affine.coefficients, [](int64_t c) { return c == 0; });
  };
  if (!isConstant(*in)) {
    std::swap(in, rhs);
    std::swap(inType, rhsType);
  }
  if (!isConstant(*in))
    return std::nullopt;
  if (isSymbolic(in->constant) || isSymbolic(rhs->constant))
    return std::nullopt;
  out.constant = in->constant * rhs->constant;
  accumulate(*rhs, rhsType, in->constant);
  return out;
}

static std::optional<AffineIndex> affineOf(Value value, int &steps) {
  RankedTensorType type = tensorType(value);
  Operation *op = value.getDefiningOp();
  if (!op || !type || !type.hasStaticShape() || !hostBytes(type.getElementType()) ||
      type.getElementType().isInteger(1) || --steps < 0)
    return std::nullopt;
  std::optional<AffineIndex> affine = affineOfOp(op, type, steps);
  if (!affine)
    return std::nullopt;
  // Everything that can occur stays exact in float and int32. Sizes and coefficients are bounded
  // one by one, so that the sum cannot overflow.
  SmallVector<Symbol> symbols = symbolsAround(op);
  int64_t bound =
      std::max(largestSize(affine->constant, symbols), -leastSize(affine->constant, symbols));
  if (bound > kExact)
    return std::nullopt;
  for (auto [d, coefficient] : llvm::enumerate(affine->coefficients)) {
    int64_t last = std::max<int64_t>(largestSize(type.getDimSize(d), symbols) - 1, 0);
    if (std::abs(coefficient) > kExact || (coefficient != 0 && last > kExact))
      return std::nullopt;
    bound += std::abs(coefficient) * last;
    if (bound > kExact)
      return std::nullopt;
  }
  if (bound > kExact)
    return std::nullopt;
  return affine;
}

std::optional<AffineIndex> affineIndex(Value value) {
  int steps = kMostSteps;
  return affineOf(value, steps);
}

std::optional<Predicate> compareAffine(Operation *op) {
  RankedTensorType type = tensorType(op->getResult(0));
  int64_t rank = type.getRank();
  if (!isa<LtOp, LeOp, GtOp, GeOp, EqOp, NeOp>(op))
    return std::nullopt;
  SmallVector<int64_t> difference(rank, 0); // lhs - rhs
  int64_t constant = 0;
  for (int64_t side : {0, 1}) {
    std::optional<AffineIndex> affine = affineIndex(op->getOperand(side));
    if (!affine)
      return std::nullopt;
    RankedTensorType from = tensorType(op->getOperand(side));
    int64_t sign = side == 0 ? 1 : -1;
    // A difference of two sizes that is no expression is no number either.
    std::optional<int64_t> sum = addSizes(constant, sign * affine->constant);
    if (!sum)
      return std::nullopt;
    constant = *sum;
    for (int64_t d = 0; d < from.getRank(); ++d)
      if (from.getDimSize(d) != 1)
        difference[rank - from.getRank() + d] += sign * affine->coefficients[d];
  }
  // The same difference everywhere.
  if (llvm::all_of(difference, [](int64_t factor) { return factor == 0; }) && !isSymbolic(constant))
    return Predicate::constant(isa<EqOp>(op)   ? constant == 0
                               : isa<NeOp>(op) ? constant != 0
                               : isa<LtOp>(op) ? constant < 0
                               : isa<LeOp>(op) ? constant <= 0
                               : isa<GtOp>(op) ? constant > 0
                                               : constant >= 0);
  if (isa<EqOp, NeOp>(op) || rank < 2)
    return std::nullopt;
  for (int64_t d = 0; d + 2 < rank; ++d)
    if (difference[d] != 0)
      return std::nullopt;
  int64_t queries = type.getDimSize(rank - 2), keys = type.getDimSize(rank - 1);
  int64_t query = difference[rank - 2], key = difference[rank - 1];
  // A dimension of size 1 has index 0: its coefficient may be anything.
  if (queries == 1)
    query = -key;
  else if (keys == 1)
    key = -query;
  if (isSymbolic(constant) && ((key != 1 && key != -1) || !readSize(constant)))
    return std::nullopt;
  bool less = isa<LtOp, LeOp>(op), strict = isa<LtOp, GtOp>(op);
  if (key == 0 && query == 0 && !isSymbolic(constant))
    return Predicate::constant(less ? constant < 0 || (!strict && constant == 0)
                                    : constant > 0 || (!strict && constant == 0));
  if (query != -key || key == 0)
    return std::nullopt;
  // key * (k - q) + constant  <op>  0, made to have a positive factor.
  if (key < 0) {
    key = -key;
    constant = -constant;
    less = !less;
  }
  std::optional<int64_t> bound = addSizes(-constant, less ? -int64_t(strict) : int64_t(strict));
  if (!bound)
    return std::nullopt;
  if (less) // k - q <= floor((-constant - strict) / key)
    return Predicate::lower(llvm::divideFloorSigned(*bound, key), queries, keys);
  return Predicate::upper(llvm::divideCeilSigned(*bound, key), queries, keys);
}

} // namespace buddy::graph
