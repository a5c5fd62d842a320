// Result types and folding of no-ops for the importers.
#include "buddy/Frontend/Import/GraphBuilder.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

// More elements than any machine's memory; keeps element counts far from overflow.
static constexpr int64_t kMaxElements = int64_t(1) << 48;

RankedTensorType buddy::tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }
bool buddy::hasElements(RankedTensorType type) {
  return !llvm::is_contained(sizesOf(type), Size(0));
}
Type buddy::elementTypeOf(Value value) { return tensorType(value).getElementType(); }

RankedTensorType buddy::makeTensorType(ArrayRef<Size> sizes, Type element) {
  // How many elements an expression of symbols gives each run sees.
  int64_t elements = 1;
  for (Size size : sizes)
    if (!size.isKnown() ||
        (size.isNumber() &&
         (size.getNumber() < 0 ||
          llvm::MulOverflow(elements, std::max<int64_t>(size.getNumber(), 1), elements) ||
          elements > kMaxElements)))
      return {};
  return element ? tensorOf(sizes, element) : RankedTensorType();
}

RankedTensorType GraphBuilder::broadcastType(ArrayRef<Value> values) {
  SmallVector<ArrayRef<Size>> shapes;
  for (Value value : values) {
    if (!value)
      return {};
    shapes.push_back(sizesOf(value));
  }
  FailureOr<SmallVector<Size>> shape = graph::broadcastShapes(shapes);
  return failed(shape) ? RankedTensorType() : makeTensorType(*shape, elementTypeOf(values.back()));
}

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

// The number as `element` holds it, as c10::Scalar::to does: floats are rounded, and cut towards
// zero where an integer is wanted. Null if it is out of range.
static TypedAttr numberAttr(const Scalar &value, Type element) {
  if (auto type = dyn_cast<FloatType>(element)) {
    APFloat number(value.asDouble());
    bool losesInfo;
    number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return FloatAttr::get(type, number);
  }
  auto type = dyn_cast<IntegerType>(element);
  if (!type)
    return {};
  if (type.getWidth() == 1)
    return IntegerAttr::get(type, APInt(1, value.asDouble() != 0));
  int64_t integer = value.integer;
  if (value.kind == Scalar::Kind::Float) {
    // 2^63 is the first double beyond int64; the comparison is false for NaN.
    if (!(std::abs(value.number) < 9223372036854775808.0))
      return {};
    integer = int64_t(value.number);
  }
  if (!llvm::isIntN(type.getWidth(), integer))
    return {};
  return IntegerAttr::get(type, APInt(type.getWidth(), uint64_t(integer), /*isSigned=*/true));
}

Value GraphBuilder::constant(const Scalar &value, Type element) { return full({}, value, element); }

Value GraphBuilder::full(ArrayRef<Size> sizes, const Scalar &value, Type element) {
  if (isOpen(sizes)) // one number, as many times as a run needs it
    return expand(full({}, value, element), sizes);
  RankedTensorType type = makeTensorType(sizes, element);
  TypedAttr number = type ? numberAttr(value, element) : TypedAttr();
  if (!number)
    return {};
  auto elements = DenseElementsAttr::get(type, ArrayRef<Attribute>(number));
  return graph::ConstantOp::create(builder, loc, type, cast<ElementsAttr>(elements)).getResult();
}

Value GraphBuilder::sizeValue(Size size, Type element) {
  // As many ones as the size says, added up.
  return convert(reduce<graph::SumOp>(full(size, Scalar::ofInt(1), i64()), 0, /*keepDims=*/false),
                 element);
}

Value GraphBuilder::arange(double start, double step, Size count, Type element) {
  RankedTensorType type = makeTensorType(count, element);
  if (!type)
    return {};
  return graph::ArangeOp::create(builder, loc, type, builder.getF64FloatAttr(start),
                                 builder.getF64FloatAttr(step))
      .getResult();
}

Value GraphBuilder::arangeInt(Size start, int64_t step, Size count, Type element) {
  RankedTensorType type = makeTensorType(count, element);
  if (!type)
    return {};
  return graph::ArangeOp::create(builder, loc, type, sizeAttr(getContext(), start),
                                 builder.getI64IntegerAttr(step))
      .getResult();
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

Value GraphBuilder::reshape(Value input, ArrayRef<Size> sizes, StringRef aten) {
  RankedTensorType type = input ? makeTensorType(sizes, elementTypeOf(input)) : RankedTensorType();
  if (!type || !graph::holdSameElements(sizes, sizesOf(input)))
    return {};
  if (type == input.getType())
    return input;
  return graph::ReshapeOp::create(builder, loc, type, input, builder.getStringAttr(aten))
      .getResult();
}

Value GraphBuilder::permute(Value input, ArrayRef<int64_t> permutation, StringRef aten) {
  if (!input || permutation.size() != sizesOf(input).size())
    return {};
  SmallVector<Size> sizes;
  SmallVector<bool> seen(permutation.size(), false);
  bool isIdentity = true;
  for (auto [to, from] : llvm::enumerate(permutation)) {
    if (from < 0 || from >= int64_t(permutation.size()) || seen[from])
      return {};
    seen[from] = true;
    isIdentity &= int64_t(to) == from;
    sizes.push_back(sizesOf(input)[from]);
  }
  if (isIdentity)
    return input;
  return graph::PermuteOp::create(builder, loc, tensorOf(sizes, elementTypeOf(input)), input,
                                  builder.getDenseI64ArrayAttr(permutation),
                                  builder.getStringAttr(aten))
      .getResult();
}

Value GraphBuilder::expand(Value input, ArrayRef<Size> sizes) {
  RankedTensorType type = input ? makeTensorType(sizes, elementTypeOf(input)) : RankedTensorType();
  if (!type || !graph::broadcastsTo(sizesOf(input), sizes))
    return {};
  if (type == input.getType())
    return input;
  return graph::ExpandOp::create(builder, loc, type, input).getResult();
}

Value GraphBuilder::slice(Value input, int64_t dim, Size start, Size end, int64_t step) {
  if (!input || dim < 0 || dim >= tensorType(input).getRank() || step < 1)
    return {};
  Size size = sizesOf(input)[dim];
  if (start == 0 && end == size && step == 1)
    return input;
  if (!graph::isInside(builder.getInsertionBlock()->getParentOp(), start, end, size))
    return {};
  SmallVector<Size> sizes(sizesOf(input));
  sizes[dim] = ceilDiv(end - start, step);
  RankedTensorType type = makeTensorType(sizes, elementTypeOf(input));
  if (!type)
    return {};
  return graph::SliceOp::create(builder, loc, type, input, dim, start, end, step).getResult();
}

Value GraphBuilder::cat(ArrayRef<Value> inputs, int64_t dim) {
  if (inputs.empty() || !inputs[0] || dim < 0 || dim >= tensorType(inputs[0]).getRank())
    return {};
  // What has no elements adds none.
  SmallVector<Value> full =
      llvm::filter_to_vector(inputs, [](Value value) { return value && hasElements(value); });
  if (!full.empty() && !llvm::is_contained(inputs, Value()))
    inputs = full;
  if (inputs.size() == 1)
    return inputs[0];
  SmallVector<Size> sizes(sizesOf(inputs[0]));
  sizes[dim] = 0;
  for (Value input : inputs) {
    if (!input || sizesOf(input).size() != sizes.size())
      return {};
    for (auto [i, size] : llvm::enumerate(sizesOf(input)))
      if (int64_t(i) != dim && size != sizes[i])
        return {};
    sizes[dim] += sizesOf(input)[dim];
  }
  RankedTensorType type = makeTensorType(sizes, elementTypeOf(inputs[0]));
  if (!type)
    return {};
  return graph::CatOp::create(builder, loc, type, inputs, dim).getResult();
}

Value GraphBuilder::dropDims(Value input, ArrayRef<int64_t> dims) {
  if (!input || dims.empty())
    return input;
  SmallVector<Size> sizes;
  for (auto [i, size] : llvm::enumerate(sizesOf(input)))
    if (!llvm::is_contained(dims, int64_t(i)))
      sizes.push_back(size);
  return reshape(input, sizes, "squeeze");
}

//===----------------------------------------------------------------------===//
// Elementwise, reductions, contractions
//===----------------------------------------------------------------------===//

Value GraphBuilder::convert(Value input, Type element) {
  if (!input || !element || elementTypeOf(input) == element)
    return element ? input : Value();
  // As PyTorch: what becomes an f16 or bf16, or is one, is an f32 in between.
  if ((graph::isHalf(element) || graph::isHalf(elementTypeOf(input))) && !element.isF32() &&
      !elementTypeOf(input).isF32())
    input = convert(input, f32());
  return graph::ConvertOp::create(builder, loc, tensorType(input).clone(element), input)
      .getResult();
}

Value GraphBuilder::operand(const Operand &operand, Type element) {
  if (operand.tensor)
    return convert(operand.tensor, element);
  return operand.size.isOpen() ? sizeValue(operand.size, element)
                               : constant(operand.scalar, element);
}

Value GraphBuilder::where(Value condition, Value onTrue, Value onFalse) {
  RankedTensorType type = broadcastType({condition, onTrue, onFalse});
  if (!type || !elementTypeOf(condition).isInteger(1))
    return {};
  return graph::WhereOp::create(builder, loc, type, condition, onTrue, onFalse).getResult();
}

RankedTensorType GraphBuilder::reducedType(Value input, ArrayRef<int64_t> dims) {
  SmallVector<Size> sizes(sizesOf(input));
  for (int64_t dim : dims)
    sizes[dim] = 1;
  return tensorOf(sizes, elementTypeOf(input));
}

Value GraphBuilder::softmax(Value input, int64_t dim) {
  if (!input || dim < 0 || dim >= tensorType(input).getRank())
    return {};
  return graph::SoftmaxOp::create(builder, loc, input.getType(), input, dim).getResult();
}

Value GraphBuilder::linear(Value input, Value weight, Value bias) {
  if (!input || !weight || sizesOf(input).empty() || sizesOf(weight).size() != 2)
    return {};
  SmallVector<Size> sizes(sizesOf(input));
  sizes.back() = sizesOf(weight)[0];
  RankedTensorType type = makeTensorType(sizes, elementTypeOf(input));
  if (!type)
    return {};
  return graph::LinearOp::create(builder, loc, type, input, weight, bias).getResult();
}

Value GraphBuilder::matmul(Value lhs, Value rhs) {
  if (!lhs || !rhs || sizesOf(lhs).size() < 2 || sizesOf(rhs).size() < 2)
    return {};
  FailureOr<SmallVector<Size>> shape =
      graph::broadcastShapes({sizesOf(lhs).drop_back(2), sizesOf(rhs).drop_back(2)});
  if (failed(shape))
    return {};
  shape->push_back(sizesOf(lhs)[sizesOf(lhs).size() - 2]);
  shape->push_back(sizesOf(rhs).back());
  RankedTensorType type = makeTensorType(*shape, elementTypeOf(lhs));
  if (!type)
    return {};
  return graph::MatmulOp::create(builder, loc, type, lhs, rhs).getResult();
}
