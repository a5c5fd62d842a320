// Tensors of two values and boolean tensors, read back to the predicate that chose.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/AffineIndex.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "buddy/Frontend/Graph/Transforms/MaskAnalysis.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include <cmath>

using namespace mlir;

namespace buddy::graph {

// Masks are small expressions. A larger one stays a tensor, and reading it takes no unbounded time
// where its parts are shared.
struct Budget {
  int steps = 512;
  bool take() { return steps-- > 0; }
};

static Predicate predicateOf(Value value, Budget &budget);
static std::optional<TwoValued> twoValuedOf(Value value, Budget &budget);

// A constant, seen through views that copy nothing.
static std::optional<HostTensor> constantTable(Value value, Budget &budget) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast_or_null<ConstantOp>(op))
    return hostTensor(constant.getValue());
  if (!isa_and_nonnull<SliceOp, ReshapeOp, PermuteOp, ExpandOp>(op) || !budget.take() ||
      !canEvaluate(op))
    return std::nullopt;
  Value input = op->getOperand(0);
  if (isa<ReshapeOp>(op) && !matchUnitDims(sizesOf(input), sizesOf(value)))
    return std::nullopt;
  std::optional<HostTensor> table = constantTable(input, budget);
  if (!table)
    return std::nullopt;
  return evaluate(op, {*table});
}

// A table that is one value on and below the diagonal and another above it.
static std::optional<TwoValued> triangleTable(Value value, Budget &budget) {
  RankedTensorType type = tensorType(value);
  int64_t rank = type.getRank();
  if (isOpen(type) || rank < 2 || type.getDimSize(rank - 2) < 2 || type.getDimSize(rank - 1) < 2)
    return std::nullopt;
  std::optional<HostTensor> table = constantTable(value, budget);
  if (!table)
    return std::nullopt;
  for (int64_t d = 0; d + 2 < rank; ++d)
    if (table->strides[d] != 0 || table->shape[d] == 0)
      return std::nullopt;
  int64_t rows = type.getDimSize(rank - 2), columns = type.getDimSize(rank - 1);
  int64_t rowStride = table->strides[rank - 2], columnStride = table->strides[rank - 1];
  std::optional<TwoValued> result;
  dispatchElement(table->element, [&](auto zero) {
    using T = decltype(zero);
    const T *data = table->data<T>();
    T below = data[0], above = data[columnStride];
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        if (data[i * rowStride + j * columnStride] != (j <= i ? below : above))
          return;
    result = TwoValued{Predicate::lower(0, rows, columns), double(below), double(above)};
  });
  return result;
}

// The value an element type can hold nearest to `value`; nothing if an integer type cannot.
static std::optional<double> roundTo(Type element, double value) {
  if (element.isF64())
    return value;
  if (element.isF32())
    return double(float(value));
  if (element.isInteger(1))
    return value != 0;
  if ((element.isInteger(64) || element.isInteger(32)) && std::fabs(value) < double(1 << 30))
    return std::trunc(value);
  return std::nullopt;
}

// A predicate of an operand as one of the result: positions must mean the same in both.
static std::optional<Predicate> overBroadcast(const Predicate &predicate, Value from, Value to) {
  return predicate.expanded(sizesOf(from), sizesOf(to));
}

static std::optional<TwoValued> mapValues(std::optional<TwoValued> two, Type element,
                                          llvm::function_ref<double(double)> f) {
  if (!two)
    return std::nullopt;
  std::optional<double> onTrue = roundTo(element, f(two->onTrue));
  std::optional<double> onFalse = roundTo(element, f(two->onFalse));
  if (!onTrue || !onFalse)
    return std::nullopt;
  return TwoValued{two->predicate, *onTrue, *onFalse};
}

static std::optional<TwoValued> twoValuedArithmetic(Operation *op, Budget &budget) {
  Value result = op->getResult(0);
  Type element = tensorType(result).getElementType();
  auto lhs = twoValuedOf(op->getOperand(0), budget);
  auto rhs = lhs ? twoValuedOf(op->getOperand(1), budget) : std::nullopt;
  if (!lhs || !rhs)
    return std::nullopt;
  auto left = overBroadcast(lhs->predicate, op->getOperand(0), result);
  auto right = overBroadcast(rhs->predicate, op->getOperand(1), result);
  if (!left || !right)
    return std::nullopt;
  auto apply = [&](double a, double b) {
    return isa<AddOp>(op) ? a + b : isa<SubOp>(op) ? a - b : isa<MulOp>(op) ? a * b : a / b;
  };
  auto both = [&](Predicate predicate, double onTrue, double onFalse) {
    return mapValues(TwoValued{predicate, onTrue, onFalse}, element, [](double x) { return x; });
  };
  if (right->kind == Predicate::True)
    return both(*left, apply(lhs->onTrue, rhs->onTrue), apply(lhs->onFalse, rhs->onTrue));
  if (left->kind == Predicate::True)
    return both(*right, apply(lhs->onTrue, rhs->onTrue), apply(lhs->onTrue, rhs->onFalse));
  if (*left == *right)
    return both(*left, apply(lhs->onTrue, rhs->onTrue), apply(lhs->onFalse, rhs->onFalse));
  // Products of 0/1-like masks.
  if (isa<MulOp>(op) && lhs->onFalse == 0 && rhs->onFalse == 0 && std::isfinite(lhs->onTrue) &&
      std::isfinite(rhs->onTrue))
    return both(Predicate::all({*left, *right}), lhs->onTrue * rhs->onTrue, 0);
  return std::nullopt;
}

static std::optional<TwoValued> twoValuedWhere(WhereOp where, Budget &budget) {
  auto onTrue = twoValuedOf(where.getOnTrue(), budget);
  auto onFalse = onTrue ? twoValuedOf(where.getOnFalse(), budget) : std::nullopt;
  if (!onTrue || !onFalse)
    return std::nullopt;
  auto chooser =
      overBroadcast(predicateOf(where.getCondition(), budget), where.getCondition(), where);
  auto left = overBroadcast(onTrue->predicate, where.getOnTrue(), where);
  auto right = overBroadcast(onFalse->predicate, where.getOnFalse(), where);
  if (!chooser || !left || !right)
    return std::nullopt;
  // One branch is a single value y, the other chooses between a and b: as `chosen ? sel : y`.
  bool flip = left->kind == Predicate::True;
  Predicate chosen = flip ? chooser->negate() : *chooser;
  Predicate inner = flip ? *right : *left;
  double y = flip ? onTrue->onTrue : onFalse->onTrue;
  double a = flip ? onFalse->onTrue : onTrue->onTrue, b = flip ? onFalse->onFalse : onTrue->onFalse;
  if (!flip && right->kind != Predicate::True)
    return std::nullopt;
  if (inner.kind == Predicate::True)
    return TwoValued{chosen, a, y};
  if (chosen == inner)
    return TwoValued{inner, a, y};
  if (chosen == inner.negate())
    return TwoValued{inner, y, b};
  if (b == y)
    return TwoValued{Predicate::all({chosen, inner}), a, y};
  if (a == y)
    return TwoValued{Predicate::all({chosen, inner.negate()}), b, y};
  return std::nullopt;
}

// A part of rows or columns: the triangle over them lies elsewhere.
static std::optional<TwoValued> slicedTwoValued(SliceOp slice, Budget &budget) {
  std::optional<TwoValued> two = twoValuedOf(slice.getInput(), budget);
  int64_t rank = tensorType(slice).getRank(), dim = slice.getDim();
  ArrayRef<Size> shape = sizesOf(slice.getResult());
  if (!two || two->predicate.kind == Predicate::True || two->predicate.kind == Predicate::False)
    return two;
  bool isTriangle =
      two->predicate.kind == Predicate::Lower || two->predicate.kind == Predicate::Upper;
  if (!isTriangle || slice.getStep() != 1)
    return std::nullopt;
  Size start = slice.getStart();
  Size moved = dim == rank - 2 ? start : dim == rank - 1 ? -start : Size(0);
  Size diagonal = two->predicate.diagonal + moved;
  if (!numberOfSize(diagonal))
    return std::nullopt;
  two->predicate = two->predicate.kind == Predicate::Lower
                       ? Predicate::lower(diagonal, shape[rank - 2], shape[rank - 1])
                       : Predicate::upper(diagonal, shape[rank - 2], shape[rank - 1]);
  return two;
}

static std::optional<TwoValued> twoValuedOfOp(Value value, Budget &budget);

static std::optional<TwoValued> twoValuedOf(Value value, Budget &budget) {
  std::optional<TwoValued> two = twoValuedOfOp(value, budget);
  if (two && two->predicate.kind == Predicate::False)
    return TwoValued{Predicate::constant(true), two->onFalse, two->onFalse};
  return two;
}

static std::optional<TwoValued> twoValuedOfOp(Value value, Budget &budget) {
  RankedTensorType type = tensorType(value);
  if (!type || !budget.take())
    return std::nullopt;
  Type element = type.getElementType();
  if (element.isInteger(1))
    return TwoValued{predicateOf(value, budget), 1, 0};
  if (std::optional<double> splat = splatValue(value))
    return TwoValued{Predicate::constant(true), *splat, *splat};
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<ConstantOp>(op))
    return triangleTable(value, budget);
  auto identity = [](double x) { return x; };
  if (isa<ConvertOp>(op))
    return mapValues(twoValuedOf(op->getOperand(0), budget), element, identity);
  if (isa<NegOp>(op))
    return mapValues(twoValuedOf(op->getOperand(0), budget), element, [](double x) { return -x; });
  if (isa<ReshapeOp, ExpandOp>(op)) {
    ArrayRef<Size> from = sizesOf(op->getOperand(0));
    if (std::optional<TwoValued> two = twoValuedOf(op->getOperand(0), budget)) {
      auto predicate = isa<ReshapeOp>(op) ? two->predicate.reshaped(from, sizesOf(type))
                                          : two->predicate.expanded(from, sizesOf(type));
      if (predicate)
        return TwoValued{*predicate, two->onTrue, two->onFalse};
    }
    return triangleTable(value, budget);
  }
  if (auto slice = dyn_cast<SliceOp>(op); slice && isOpen(type))
    return slicedTwoValued(slice, budget);
  // Sums of nothing but zeros.
  if (isa<CumsumOp>(op)) {
    std::optional<TwoValued> terms = twoValuedOf(op->getOperand(0), budget);
    bool isZero = terms && terms->predicate.kind == Predicate::True && terms->onTrue == 0;
    return isZero ? terms : std::nullopt;
  }
  if (isa<SliceOp, PermuteOp>(op))
    return triangleTable(value, budget);
  if (isa<AddOp, SubOp, MulOp, DivOp>(op))
    return twoValuedArithmetic(op, budget);
  if (auto where = dyn_cast<WhereOp>(op))
    return twoValuedWhere(where, budget);
  if (isa<TrilOp, TriuOp>(op)) {
    std::optional<TwoValued> two = twoValuedOf(op->getOperand(0), budget);
    if (!two)
      return std::nullopt;
    Size rows = sizesOf(type).take_back(2)[0], columns = sizesOf(type).back();
    Predicate kept = isa<TrilOp>(op)
                         ? Predicate::lower(cast<TrilOp>(op).getDiagonal(), rows, columns)
                         : Predicate::upper(cast<TriuOp>(op).getDiagonal(), rows, columns);
    if (two->predicate.kind == Predicate::True || two->onFalse == 0)
      return TwoValued{Predicate::all({kept, two->predicate}), two->onTrue, 0};
  }
  return std::nullopt;
}

// What `two` compared with one value says.
static std::optional<Predicate> compareTwoValued(Operation *op, Budget &budget) {
  auto lhs = twoValuedOf(op->getOperand(0), budget);
  auto rhs = lhs ? twoValuedOf(op->getOperand(1), budget) : std::nullopt;
  if (!lhs || !rhs)
    return std::nullopt;
  auto left = overBroadcast(lhs->predicate, op->getOperand(0), op->getResult(0));
  auto right = overBroadcast(rhs->predicate, op->getOperand(1), op->getResult(0));
  if (!left || !right || (left->kind != Predicate::True && right->kind != Predicate::True))
    return std::nullopt;
  auto holds = [&](double a, double b) {
    return isa<EqOp>(op)   ? a == b
           : isa<NeOp>(op) ? a != b
           : isa<LtOp>(op) ? a < b
           : isa<LeOp>(op) ? a <= b
           : isa<GtOp>(op) ? a > b
                           : a >= b;
  };
  bool leftVaries = left->kind != Predicate::True;
  bool onTrue = holds(lhs->onTrue, rhs->onTrue);
  bool onFalse = leftVaries ? holds(lhs->onFalse, rhs->onTrue) : holds(lhs->onTrue, rhs->onFalse);
  const Predicate &predicate = leftVaries ? *left : *right;
  if (predicate.kind == Predicate::True || onTrue == onFalse)
    return Predicate::constant(onTrue);
  return onTrue ? predicate : predicate.negate();
}

static std::optional<Predicate> structuredPredicate(Value value, Budget &budget) {
  Operation *op = value.getDefiningOp();
  RankedTensorType type = tensorType(value);
  if (!op || !type || !budget.take())
    return std::nullopt;
  if (std::optional<double> splat = splatValue(value))
    return Predicate::constant(*splat != 0);
  auto operand = [&](unsigned i) -> Predicate {
    Value part = op->getOperand(i);
    Predicate predicate = predicateOf(part, budget);
    if (std::optional<Predicate> fitted = overBroadcast(predicate, part, value))
      return *fitted;
    return Predicate::leaf(part);
  };
  if (isa<LogicalNotOp>(op))
    return operand(0).negate();
  if (isa<LogicalAndOp, MulOp, MinimumOp>(op))
    return Predicate::all({operand(0), operand(1)});
  if (isa<LogicalOrOp, AddOp, MaximumOp>(op))
    return Predicate::any({operand(0), operand(1)});
  if (isa<ReshapeOp, ExpandOp>(op)) {
    ArrayRef<Size> from = sizesOf(op->getOperand(0));
    Predicate inner = predicateOf(op->getOperand(0), budget);
    auto mapped = isa<ReshapeOp>(op) ? inner.reshaped(from, sizesOf(type))
                                     : inner.expanded(from, sizesOf(type));
    if (mapped)
      return mapped;
  }
  if (isa<TrilOp, TriuOp>(op)) {
    Size rows = sizesOf(type).take_back(2)[0], columns = sizesOf(type).back();
    Predicate kept = isa<TrilOp>(op)
                         ? Predicate::lower(cast<TrilOp>(op).getDiagonal(), rows, columns)
                         : Predicate::upper(cast<TriuOp>(op).getDiagonal(), rows, columns);
    return Predicate::all({kept, operand(0)});
  }
  if (isa<ConvertOp>(op)) {
    Value input = op->getOperand(0);
    if (std::optional<TwoValued> two = twoValuedOf(input, budget)) {
      bool onTrue = two->onTrue != 0, onFalse = two->onFalse != 0;
      if (onTrue == onFalse || two->predicate.kind == Predicate::True)
        return Predicate::constant(onTrue);
      return onTrue ? two->predicate : two->predicate.negate();
    }
    return std::nullopt;
  }
  if (isa<EqOp, NeOp, LtOp, LeOp, GtOp, GeOp>(op)) {
    if (std::optional<Predicate> compared = compareTwoValued(op, budget))
      return compared;
    return compareAffine(op);
  }
  if (isa<WhereOp>(op)) {
    Predicate c = operand(0), x = operand(1), y = operand(2);
    auto isConstant = [](const Predicate &p) {
      return p.kind == Predicate::True || p.kind == Predicate::False;
    };
    if (isConstant(x) || isConstant(y))
      return Predicate::any({Predicate::all({c, x}), Predicate::all({c.negate(), y})});
    return std::nullopt;
  }
  if (isa<ConstantOp, SliceOp, PermuteOp, ReshapeOp, ExpandOp>(op)) {
    auto slice = dyn_cast<SliceOp>(op);
    std::optional<TwoValued> two =
        slice && isOpen(type) ? slicedTwoValued(slice, budget) : triangleTable(value, budget);
    if (two && two->onTrue != two->onFalse)
      return two->onTrue != 0 ? two->predicate : two->predicate.negate();
  }
  return std::nullopt;
}

static Predicate predicateOf(Value value, Budget &budget) {
  if (std::optional<Predicate> predicate = structuredPredicate(value, budget))
    return *predicate;
  return Predicate::leaf(value);
}

Predicate predicateOf(Value value) {
  Budget budget;
  return predicateOf(value, budget);
}

std::optional<TwoValued> twoValuedOf(Value value) {
  Budget budget;
  return twoValuedOf(value, budget);
}

} // namespace buddy::graph
