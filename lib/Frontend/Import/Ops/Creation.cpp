// Tensors out of nothing but numbers.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Signature.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

// The dtype torch gives to a tensor made of a number alone.
static Type naturalType(OpCall &c, const Scalar &value) {
  return resultElementType(c.b.getContext(), {{{}, value}});
}

static LogicalResult fill(OpCall &c, ArrayRef<Size> sizes, const Scalar &value, Type otherwise) {
  Type type = c.computedDtype("dtype", otherwise);
  if (!type)
    return failure();
  Value full = c.b.full(sizes, value, type);
  if (!full)
    return c.unsupported(
        "the number it fills with does not fit the dtype, or the shape is too large");
  return c.done(full);
}

static LogicalResult importOnes(OpCall &c) {
  return fill(c, c.sizes("size"), Scalar::ofInt(1), c.b.f32());
}
static LogicalResult importZeros(OpCall &c) {
  return fill(c, c.sizes("size"), Scalar::ofInt(0), c.b.f32());
}
static LogicalResult importFull(OpCall &c) {
  Scalar value = c.scalar("fill_value");
  return fill(c, c.sizes("size"), value, naturalType(c, value));
}
static LogicalResult importScalarTensor(OpCall &c) { return fill(c, {}, c.scalar("s"), c.b.f32()); }

// *_like takes shape and dtype of a tensor, new_* its dtype.
static LogicalResult importOnesLike(OpCall &c) {
  Value self = c.tensor("self");
  return fill(c, sizesOf(self), Scalar::ofInt(1), elementTypeOf(self));
}
static LogicalResult importZerosLike(OpCall &c) {
  Value self = c.tensor("self");
  return fill(c, sizesOf(self), Scalar::ofInt(0), elementTypeOf(self));
}
static LogicalResult importFullLike(OpCall &c) {
  Value self = c.tensor("self");
  return fill(c, sizesOf(self), c.scalar("fill_value"), elementTypeOf(self));
}
// fill_ and zero_ are the forms people use; the dtype is the tensor's.
static LogicalResult fillTensor(OpCall &c, const Operand &value) {
  Value self = c.tensor("self");
  return c.done(c.b.expand(c.b.operand(value, elementTypeOf(self)), sizesOf(self)));
}
static LogicalResult importFill(OpCall &c) { return fillTensor(c, c.operand("value")); }
static LogicalResult importZero(OpCall &c) { return fillTensor(c, {{}, Scalar::ofInt(0)}); }
static LogicalResult importNewOnes(OpCall &c) {
  return fill(c, c.sizes("size"), Scalar::ofInt(1), elementTypeOf(c.tensor("self")));
}
static LogicalResult importNewZeros(OpCall &c) {
  return fill(c, c.sizes("size"), Scalar::ofInt(0), elementTypeOf(c.tensor("self")));
}
static LogicalResult importNewFull(OpCall &c) {
  return fill(c, c.sizes("size"), c.scalar("fill_value"), elementTypeOf(c.tensor("self")));
}

static LogicalResult importUninitialized(OpCall &c) {
  return c.unsupported("its elements are whatever memory held before",
                       "use torch.zeros, or write the values where they are made");
}
// Without elements nothing is unknown.
static LogicalResult importEmpty(OpCall &c) {
  return llvm::is_contained(c.sizes("size"), Size(0)) ? importZeros(c) : importUninitialized(c);
}

//===----------------------------------------------------------------------===//
// arange
//===----------------------------------------------------------------------===//

namespace {
// A bound of a range: what it is as a number, and as a size if it is a whole one.
struct Bound {
  Scalar scalar;
  Size size = scalar.kind == Scalar::Kind::Float ? Size::unknown() : Size(scalar.integer);
};
} // namespace

static Bound boundOf(OpCall &c, StringRef name) {
  Bound bound{c.scalar(name)};
  if (bound.scalar.kind != Scalar::Kind::Float)
    bound.size = c.size(name);
  return bound;
}

static LogicalResult arange(OpCall &c, const Bound &first, const Bound &beyond, Scalar step) {
  const Scalar &start = first.scalar, &end = beyond.scalar;
  SmallVector<Operand> numbers = {{{}, start}, {{}, end}, {{}, step}};
  Type type = c.computedDtype("dtype", resultElementType(c.b.getContext(), numbers));
  if (!type)
    return failure();
  if (step.asDouble() == 0 || !std::isfinite(step.asDouble()))
    return c.invalid("its step must be finite and not zero");

  bool isDynamic = first.size.isOpen() || beyond.size.isOpen();
  if (isDynamic &&
      (step.asDouble() != 1 || start.kind == Scalar::Kind::Float ||
       end.kind == Scalar::Kind::Float || (isa<FloatType>(type) && first.size.isOpen())))
    return c.unsupported(
        "it makes a range from or to a dynamic size in another way than counting up "
        "in ones",
        "count from a fixed number in steps of 1 and compute the rest from that");
  if (isDynamic) {
    Size count = beyond.size - first.size;
    if (!numberOfSize(count))
      return c.unsupported("its length depends on dynamic sizes in a way that is not supported",
                           kSizesAdvice);
    if (isa<FloatType>(type))
      return c.done(c.b.arange(start.asDouble(), 1, count, type));
    SmallVector<Symbol> symbols = c.symbols();
    if (isa<IntegerType>(type) && !type.isInteger(1) &&
        llvm::isIntN(type.getIntOrFloatBitWidth(), leastSize(first.size, symbols)) &&
        llvm::isIntN(type.getIntOrFloatBitWidth(), largestSize(beyond.size, symbols)))
      return c.done(c.b.arangeInt(first.size, 1, count, type));
  }
  if (isa<FloatType>(type)) {
    // ATen counts in double, whatever the dtype.
    double count = std::ceil((end.asDouble() - start.asDouble()) / step.asDouble());
    if (!(count >= 0 && count < 9e15))
      return c.invalid("its bounds and step do not make a range");
    return c.done(c.b.arange(start.asDouble(), step.asDouble(), int64_t(count), type));
  }
  if (type.isInteger(1) || llvm::any_of(numbers, [](const Operand &number) {
        return number.scalar.kind == Scalar::Kind::Float;
      }))
    return c.unsupported("it makes a range of fractions in a dtype without them",
                         "give integers, or a float dtype");
  int64_t span;
  if (isDynamic || llvm::SubOverflow(end.integer, start.integer, span) ||
      (span != 0 && (span > 0) != (step.integer > 0)))
    return c.invalid("its bounds and step do not make a range");
  // Away from zero: a started step counts.
  int64_t count = span / step.integer + (span % step.integer != 0);
  int64_t last;
  if (llvm::MulOverflow(count, step.integer, last) ||
      llvm::AddOverflow(start.integer, last, last) ||
      !llvm::isIntN(type.getIntOrFloatBitWidth(), last))
    return c.invalid("its values do not fit the dtype");
  return c.done(c.b.arangeInt(start.integer, step.integer, count, type));
}

static LogicalResult importArange(OpCall &c) {
  return arange(c, {Scalar::ofInt(0)}, boundOf(c, "end"), Scalar::ofInt(1));
}
static LogicalResult importArangeStart(OpCall &c) {
  return arange(c, boundOf(c, "start"), boundOf(c, "end"), Scalar::ofInt(1));
}
static LogicalResult importArangeStep(OpCall &c) {
  return arange(c, boundOf(c, "start"), boundOf(c, "end"), c.scalar("step"));
}

// Ones where the row is the column.
static LogicalResult eye(OpCall &c, Size rows, Size columns) {
  Type type = c.dtype("dtype", c.b.f32());
  if (!type)
    return failure();
  Value row = c.b.arangeInt(0, 1, rows, c.b.i64());
  Value column = c.b.arangeInt(0, 1, columns, c.b.i64());
  row = row ? c.b.reshape(row, {rows, 1}, "unsqueeze") : row;
  return c.done(row && column ? c.b.convert(c.b.compare<graph::EqOp>(row, column), type) : Value());
}
static LogicalResult importEye(OpCall &c) { return eye(c, c.size("n"), c.size("n")); }
static LogicalResult importEyeOfSizes(OpCall &c) { return eye(c, c.size("n"), c.size("m")); }

#define OPTIONS                                                                                    \
  "dtype? dtype=None, ignored layout=None, ignored device=None, ignored pin_memory=None, "         \
  "ignored memory_format=None"

static const OpEntry kOps[] = {
    {"ones.default", "Size[] size, " OPTIONS, importOnes},
    {"zeros.default", "Size[] size, " OPTIONS, importZeros},
    {"full.default", "Size[] size, Scalar fill_value, " OPTIONS, importFull},
    {"eye.default", "Size n, " OPTIONS, importEye},
    {"eye.m", "Size n, Size m, " OPTIONS, importEyeOfSizes},
    {"scalar_tensor.default", "Scalar s, " OPTIONS, importScalarTensor},
    {"ones_like.default", "Tensor self, " OPTIONS, importOnesLike},
    {"zeros_like.default", "Tensor self, " OPTIONS, importZerosLike},
    {"full_like.default", "Tensor self, Scalar fill_value, " OPTIONS, importFullLike},
    {"fill.Scalar", "Tensor self, Operand value", importFill},
    {"fill.Tensor", "Tensor self, Operand value", importFill},
    {"zero.default", "Tensor self", importZero},
    {"new_ones.default", "Tensor self, Size[] size, " OPTIONS, importNewOnes},
    {"new_zeros.default", "Tensor self, Size[] size, " OPTIONS, importNewZeros},
    {"new_full.default", "Tensor self, Size[] size, Scalar fill_value, " OPTIONS, importNewFull},
    {"empty.memory_format", "Size[] size, " OPTIONS, importEmpty},
    {"empty_like.default", "ignored self, " OPTIONS, importUninitialized},
    {"new_empty.default", "ignored self, ignored size, " OPTIONS, importUninitialized},
    {"arange.default", "Bound end, " OPTIONS, importArange},
    {"arange.start", "Bound start, Bound end, " OPTIONS, importArangeStart},
    {"arange.start_step", "Bound start, Bound end, Scalar step=1, " OPTIONS, importArangeStep},
};

ArrayRef<OpEntry> buddy::creationOps() { return kOps; }
