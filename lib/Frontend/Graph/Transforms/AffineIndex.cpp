// Tensors whose elements are a linear function of their position.
#include "buddy/Frontend/Graph/Transforms/AffineIndex.h"
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
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
  if (auto value = dyn_cast<FloatAttr>(attribute))
    return exactInteger(value.getValueAsDouble());
  if (auto value = dyn_cast<IntegerAttr>(attribute); value && value.getValue().isSignedIntN(26))
    return exactInteger(double(value.getValue().getSExtValue()));
  return std::nullopt;
}

// A small table of numbers that turns out to be linear.
static std::optional<AffineIndex> affineTable(ConstantOp op) {
  RankedTensorType type = op.getResult().getType();
  if (type.getNumElements() == 0 || type.getNumElements() > kLargestTable)
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
                               double(*first + offsets[1] + i * inner[1]);
                  });
    if (linear)
      result = affine;
  });
  return result;
}

static std::optional<AffineIndex> affineOf(Value value, int &steps);

// Pieces of one progression after the other, as diff's `prepend` makes them.
static std::optional<AffineIndex> affineOfCat(CatOp cat, int &steps) {
  int64_t dim = cat.getDim();
  Size at = 0;
  std::optional<AffineIndex> whole;
  std::optional<int64_t> step; // along `dim`
  SmallVector<std::pair<AffineIndex, Size>> pieces;
  for (Value input : cat.getInputs()) {
    std::optional<AffineIndex> piece = affineOf(input, steps);
    if (!piece)
      return std::nullopt;
    if (sizesOf(input)[dim] != 1 && !step)
      step = piece->coefficients[dim];
    pieces.push_back({*piece, at});
    at += sizesOf(input)[dim];
  }
  if (pieces.size() == 1)
    return pieces.front().first;
  if (!step)
    step = (pieces[1].first.constant - pieces[0].first.constant).asNumber();
  if (!step)
    return std::nullopt;
  whole = pieces.front().first;
  whole->coefficients[dim] = *step;
  for (auto [piece, input] : llvm::zip_equal(pieces, cat.getInputs())) {
    Size start = whole->constant + piece.second * *step;
    if (!start.isKnown() || start != piece.first.constant)
      return std::nullopt;
    for (auto [d, size] : llvm::enumerate(sizesOf(input)))
      if (size != 1 && piece.first.coefficients[d] != whole->coefficients[d])
        return std::nullopt;
  }
  return whole;
}

static std::optional<AffineIndex> affineOfOp(Operation *op, RankedTensorType type, int &steps) {
  size_t rank = type.getRank();
  AffineIndex out;
  out.coefficients.assign(rank, 0);
  if (auto arange = dyn_cast<ArangeOp>(op)) {
    std::optional<int64_t> step = exactInteger(arange.getStep());
    Size start = startOf(arange);
    if (!start.isOpen()) {
      std::optional<int64_t> number = exactInteger(arange.getStart());
      start = number ? Size(*number) : Size::unknown();
    }
    if (!start.isKnown() || !step)
      return std::nullopt;
    out.constant = start;
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
    auto match = matchUnitDims(sizesOf(inType), sizesOf(type));
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
    out = *in;
    out.constant += slice.getStart() * Size(in->coefficients[slice.getDim()]);
    // A step beyond the range takes one element, whatever its size.
    Size size = sizesOf(type)[slice.getDim()];
    out.coefficients[slice.getDim()] *= size == 0 || size == 1 ? 0 : int64_t(slice.getStep());
    return out;
  }
  // Elementwise: aligned at the last dimension; stretched dimensions do not matter.
  auto accumulate = [&](const AffineIndex &from, RankedTensorType fromType, int64_t factor) {
    for (int64_t d = 0; d < fromType.getRank(); ++d)
      if (sizesOf(fromType)[d] != 1)
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
    out.constant += rhs->constant * sign;
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
  if (!in->constant.isNumber() && !isConstant(*rhs))
    return std::nullopt;
  out.constant = in->constant * rhs->constant;
  if (in->constant.isNumber())
    accumulate(*rhs, rhsType, in->constant.getNumber());
  return out;
}

static std::optional<AffineIndex> affineOf(Value value, int &steps) {
  RankedTensorType type = tensorType(value);
  Operation *op = value.getDefiningOp();
  if (!op || !type || !hostBytes(type.getElementType()) || type.getElementType().isInteger(1) ||
      --steps < 0)
    return std::nullopt;
  std::optional<AffineIndex> affine = affineOfOp(op, type, steps);
  if (!affine || !affine->constant.isKnown())
    return std::nullopt;
  // Everything that can occur stays exact in float and int32. Sizes and coefficients are bounded
  // one by one, so that the sum cannot overflow.
  SmallVector<Symbol> symbols = symbolsAround(op);
  int64_t bound =
      std::max(largestSize(affine->constant, symbols), -leastSize(affine->constant, symbols));
  if (bound > kExact)
    return std::nullopt;
  for (auto [d, coefficient] : llvm::enumerate(affine->coefficients)) {
    int64_t last = std::max<int64_t>(largestSize(sizesOf(type)[d] - 1, symbols), 0);
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
  Size constant = 0;
  for (int64_t side : {0, 1}) {
    std::optional<AffineIndex> affine = affineIndex(op->getOperand(side));
    if (!affine)
      return std::nullopt;
    ArrayRef<Size> from = sizesOf(op->getOperand(side));
    int64_t sign = side == 0 ? 1 : -1;
    constant += affine->constant * sign;
    for (auto [d, size] : llvm::enumerate(from))
      if (size != 1)
        difference[rank - from.size() + d] += sign * affine->coefficients[d];
  }
  // The same difference everywhere.
  bool isSame = llvm::all_of(difference, [](int64_t factor) { return factor == 0; });
  if (std::optional<int64_t> number = constant.asNumber(); isSame && number)
    return Predicate::constant(isa<EqOp>(op)   ? *number == 0
                               : isa<NeOp>(op) ? *number != 0
                               : isa<LtOp>(op) ? *number < 0
                               : isa<LeOp>(op) ? *number <= 0
                               : isa<GtOp>(op) ? *number > 0
                                               : *number >= 0);
  if (isa<EqOp, NeOp>(op) || rank < 2)
    return std::nullopt;
  for (int64_t d = 0; d + 2 < rank; ++d)
    if (difference[d] != 0)
      return std::nullopt;
  Size queries = sizesOf(type)[rank - 2], keys = sizesOf(type)[rank - 1];
  int64_t query = difference[rank - 2], key = difference[rank - 1];
  // A dimension of size 1 has index 0: its coefficient may be anything.
  if (queries == 1)
    query = -key;
  else if (keys == 1)
    key = -query;
  bool less = isa<LtOp, LeOp>(op), strict = isa<LtOp, GtOp>(op);
  if (std::optional<int64_t> number = constant.asNumber(); key == 0 && query == 0 && number)
    return Predicate::constant(less ? *number < 0 || (!strict && *number == 0)
                                    : *number > 0 || (!strict && *number == 0));
  if (query != -key || key == 0)
    return std::nullopt;
  // key * (k - q) + constant  <op>  0, made to have a positive factor.
  if (key < 0) {
    key = -key;
    constant = -constant;
    less = !less;
  }
  Size bound = -constant + (less ? -int64_t(strict) : int64_t(strict));
  // k - q <= floor((-constant - strict) / key), and what stands for it in types.
  Size diagonal = less ? floorDiv(bound, key) : ceilDiv(bound, key);
  if (!numberOfSize(diagonal))
    return std::nullopt;
  return less ? Predicate::lower(diagonal, queries, keys)
              : Predicate::upper(diagonal, queries, keys);
}

} // namespace buddy::graph
