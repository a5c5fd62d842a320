// Builds TOSA ops from values and static shapes.
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Tosa/RunningSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

RankedTensorType TosaBuilder::typeOf(Value value) {
  // Callers have checked: every value of the graph dialect and of TOSA here is a ranked tensor.
  return cast<RankedTensorType>(value.getType());
}
ArrayRef<int64_t> TosaBuilder::shapeOf(Value value) { return typeOf(value).getShape(); }
Type TosaBuilder::elementOf(Value value) { return typeOf(value).getElementType(); }

void TosaBuilder::align(ArrayRef<Value *> values) {
  int64_t rank = 0;
  for (Value *value : values)
    rank = std::max(rank, typeOf(*value).getRank());
  for (Value *value : values) {
    SmallVector<int64_t> shape(rank - typeOf(*value).getRank(), 1);
    llvm::append_range(shape, shapeOf(*value));
    *value = reshape(*value, shape);
  }
}

RankedTensorType TosaBuilder::broadcastType(ArrayRef<Value> values, Type element) {
  SmallVector<int64_t> shape(shapeOf(values.front()));
  for (Value value : values.drop_front())
    for (auto [size, other] : llvm::zip_equal(shape, shapeOf(value)))
      if (size == 1)
        size = other;
  return RankedTensorType::get(shape, element);
}

Value TosaBuilder::constShape(ArrayRef<int64_t> shape) {
  auto type = tosa::shapeType::get(builder.getContext(), shape.size());
  return tosa::ConstShapeOp::create(builder, loc, type, builder.getIndexTensorAttr(shape));
}

Value TosaBuilder::constant(ElementsAttr values) {
  return tosa::ConstOp::create(builder, loc, values.getType(), values);
}

Value TosaBuilder::scalar(Type element, double value, int64_t rank) {
  auto type = RankedTensorType::get(SmallVector<int64_t>(rank, 1), element);
  Attribute number;
  if (auto floatType = dyn_cast<FloatType>(element))
    number = builder.getFloatAttr(floatType, value);
  else
    number = builder.getIntegerAttr(element, int64_t(value));
  return constant(DenseElementsAttr::get(type, number));
}

Value TosaBuilder::sizeValue(int64_t size) {
  return arith::ConstantIndexOp::create(builder, loc, size);
}

Value TosaBuilder::size(int64_t size, Type element, int64_t rank) {
  if (!isSymbolic(size))
    return scalar(element, double(size), rank);
  bool isFloat = isa<FloatType>(element);
  Value number = arith::IndexCastOp::create(builder, loc, isFloat ? builder.getI64Type() : element,
                                            sizeValue(size));
  if (isFloat)
    number = arith::SIToFPOp::create(builder, loc, element, number);
  auto type = RankedTensorType::get(SmallVector<int64_t>(rank, 1), element);
  return tensor::FromElementsOp::create(builder, loc, type, number);
}

Value TosaBuilder::range(RankedTensorType type, Attribute start, Attribute step) {
  Type element = type.getElementType();
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), element);
  AffineMap identity = builder.getMultiDimIdentityMap(1);
  return linalg::GenericOp::create(
             builder, loc, TypeRange{type}, ValueRange{}, ValueRange{empty}, ArrayRef{identity},
             ArrayRef{utils::IteratorType::parallel},
             [&](OpBuilder &b, Location l, ValueRange) {
               Value index = linalg::IndexOp::create(b, l, 0);
               Value result;
               if (auto first = dyn_cast<IntegerAttr>(start)) {
                 Value by = arith::ConstantIndexOp::create(
                     b, l, cast<IntegerAttr>(step).getValue().getSExtValue());
                 Value from = arith::ConstantIndexOp::create(b, l, first.getValue().getSExtValue());
                 index = arith::AddIOp::create(b, l, from, arith::MulIOp::create(b, l, index, by));
                 result = arith::IndexCastOp::create(b, l, element, index);
               } else {
                 // In double, rounded once, as ATen counts.
                 Type f64 = b.getF64Type();
                 auto number = [&](Attribute value) -> Value {
                   return arith::ConstantOp::create(
                       b, l, b.getF64FloatAttr(cast<FloatAttr>(value).getValueAsDouble()));
                 };
                 Value at = arith::IndexCastOp::create(b, l, b.getI64Type(), index);
                 at = arith::SIToFPOp::create(b, l, f64, at);
                 at = arith::MulFOp::create(b, l, at, number(step));
                 at = arith::AddFOp::create(b, l, number(start), at);
                 result = element.isF64() ? at : arith::TruncFOp::create(b, l, element, at);
               }
               linalg::YieldOp::create(b, l, result);
             })
      .getResult(0);
}

Value TosaBuilder::indices(int64_t count, int64_t offset, int64_t dim, int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[dim] = count;
  if (isSymbolic(count) || isSymbolic(offset)) {
    auto row = RankedTensorType::get({count}, builder.getI32Type());
    return reshape(range(row, builder.getIndexAttr(offset), builder.getIndexAttr(1)), shape);
  }
  SmallVector<int32_t> values;
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(int32_t(offset + i));
  auto type = RankedTensorType::get(shape, builder.getI32Type());
  return constant(DenseElementsAttr::get(type, ArrayRef<int32_t>(values)));
}

Value TosaBuilder::reshape(Value value, ArrayRef<int64_t> shape) {
  if (shapeOf(value) == shape)
    return value;
  auto type = RankedTensorType::get(shape, elementOf(value));
  return tosa::ReshapeOp::create(builder, loc, type, value, constShape(shape));
}

Value TosaBuilder::transpose(Value value, ArrayRef<int64_t> permutation) {
  SmallVector<int32_t> perms(permutation);
  SmallVector<int64_t> shape;
  bool identity = true;
  for (auto [i, from] : llvm::enumerate(permutation)) {
    shape.push_back(shapeOf(value)[from]);
    identity &= int64_t(i) == from;
  }
  if (identity)
    return value;
  auto type = RankedTensorType::get(shape, elementOf(value));
  return tosa::TransposeOp::create(builder, loc, type, value, perms);
}

Value TosaBuilder::slice(Value value, ArrayRef<int64_t> start, ArrayRef<int64_t> size) {
  if (shapeOf(value) == size)
    return value;
  auto type = RankedTensorType::get(size, elementOf(value));
  return tosa::SliceOp::create(builder, loc, type, value, constShape(start), constShape(size));
}

Value TosaBuilder::sliceDim(Value value, int64_t dim, int64_t start, int64_t size) {
  SmallVector<int64_t> starts(shapeOf(value).size(), 0), sizes(shapeOf(value));
  starts[dim] = start;
  sizes[dim] = size;
  return slice(value, starts, sizes);
}

Value TosaBuilder::padDim(Value value, int64_t dim, int64_t count) {
  if (count == 0)
    return value;
  SmallVector<int64_t> shape(shapeOf(value)), padding(2 * shape.size(), 0);
  shape[dim] += count;
  padding[2 * dim + 1] = count;
  return tosa::PadOp::create(builder, loc, RankedTensorType::get(shape, elementOf(value)), value,
                             constShape(padding), scalar(elementOf(value), 0, 1));
}

Value TosaBuilder::concat(ValueRange values, int64_t dim) {
  if (values.size() == 1)
    return values.front();
  SmallVector<int64_t> shape(shapeOf(values.front()));
  for (Value value : values.drop_front())
    shape[dim] += shapeOf(value)[dim];
  auto type = RankedTensorType::get(shape, elementOf(values.front()));
  return tosa::ConcatOp::create(builder, loc, type, values, builder.getI32IntegerAttr(dim));
}

Value TosaBuilder::broadcastTo(Value value, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> ones(shape.size() - shapeOf(value).size(), 1);
  llvm::append_range(ones, shapeOf(value));
  value = reshape(value, ones);
  if (shapeOf(value) == shape)
    return value;
  SmallVector<int64_t> multiples;
  for (auto [from, to] : llvm::zip_equal(shapeOf(value), shape))
    multiples.push_back(from == to ? 1 : to);
  auto type = RankedTensorType::get(shape, elementOf(value));
  return tosa::TileOp::create(builder, loc, type, value, constShape(multiples));
}

Value TosaBuilder::mul(Value lhs, Value rhs) {
  align({&lhs, &rhs});
  Value shift = scalar(builder.getI8Type(), 0, 1);
  return tosa::MulOp::create(builder, loc, broadcastType({lhs, rhs}, elementOf(lhs)), lhs, rhs,
                             shift);
}

Value TosaBuilder::divide(Value lhs, Value rhs) {
  return graph::DivOp::create(builder, loc, broadcastType({lhs, rhs}, elementOf(lhs)), lhs, rhs);
}

Value TosaBuilder::negate(Value value) {
  Value zero = scalar(elementOf(value), 0, 1);
  return tosa::NegateOp::create(builder, loc, value.getType(), value, zero, zero);
}

Value TosaBuilder::select(Value condition, Value onTrue, Value onFalse) {
  align({&condition, &onTrue, &onFalse});
  RankedTensorType type = broadcastType({condition, onTrue, onFalse}, elementOf(onTrue));
  return tosa::SelectOp::create(builder, loc, type, condition, onTrue, onFalse);
}

Value TosaBuilder::cast(Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return tosa::CastOp::create(builder, loc, RankedTensorType::get(shapeOf(value), element), value);
}

Value TosaBuilder::matmul(Value lhs, Value rhs) {
  ArrayRef<int64_t> a = shapeOf(lhs), b = shapeOf(rhs);
  auto type = RankedTensorType::get({a[0], a[1], b[2]}, elementOf(lhs));
  Value zero = scalar(elementOf(lhs), 0, 1);
  return tosa::MatMulOp::create(builder, loc, type, lhs, rhs, zero, zero);
}

Value TosaBuilder::gather(Value values, Value indices) {
  if (elementOf(values).isInteger(64)) // TOSA has them with indices of their kind alone
    indices = cast(indices, elementOf(values));
  auto type = RankedTensorType::get({shapeOf(values)[0], shapeOf(indices)[1], shapeOf(values)[2]},
                                    elementOf(values));
  return tosa::GatherOp::create(builder, loc, type, values, indices);
}

Value TosaBuilder::scatter(Value values, Value indices, Value input) {
  return tosa::ScatterOp::create(builder, loc, values.getType(), values, indices, input);
}

Value TosaBuilder::scatterRows(Value values, Value indices, Value input) {
  ArrayRef<int64_t> shape = shapeOf(input);
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> extents = {builder.getIndexAttr(shape[0]), one,
                                       builder.getIndexAttr(shape[2])};
  SmallVector<OpFoldResult> ones(3, one);
  auto loop = scf::ForOp::create(builder, loc, sizeValue(0), sizeValue(shape[1]), sizeValue(1),
                                 ValueRange{values});
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value number = loop.getInductionVar();
  Value place = tensor::ExtractOp::create(builder, loc, indices, number);
  place = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), place);
  auto rowType = RankedTensorType::get({shape[0], 1, shape[2]}, elementOf(input));
  Value row = tensor::ExtractSliceOp::create(
      builder, loc, rowType, input, ArrayRef<OpFoldResult>{zero, number, zero}, extents, ones);
  Value next =
      tensor::InsertSliceOp::create(builder, loc, row, loop.getRegionIterArg(0),
                                    ArrayRef<OpFoldResult>{zero, place, zero}, extents, ones);
  scf::YieldOp::create(builder, loc, next);
  return loop.getResult(0);
}

Value TosaBuilder::elementwise(ValueRange operands, Type element, ElementBody body) {
  SmallVector<Value> inputs(operands);
  SmallVector<Value *> all;
  for (Value &input : inputs)
    all.push_back(&input);
  align(all);
  RankedTensorType type = broadcastType(inputs, element);
  SmallVector<AffineMap> maps;
  for (Value input : inputs) {
    SmallVector<AffineExpr> exprs;
    for (auto [i, size] : llvm::enumerate(shapeOf(input)))
      exprs.push_back(size == 1 && type.getDimSize(i) != 1 ? builder.getAffineConstantExpr(0)
                                                           : builder.getAffineDimExpr(i));
    maps.push_back(AffineMap::get(type.getRank(), 0, exprs, builder.getContext()));
  }
  maps.push_back(builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), element);
  return linalg::GenericOp::create(builder, loc, TypeRange{type}, inputs, ValueRange{empty}, maps,
                                   parallel,
                                   [&](OpBuilder &b, Location l, ValueRange args) {
                                     linalg::YieldOp::create(b, l, body(b, l, args.drop_back()));
                                   })
      .getResult(0);
}

Value TosaBuilder::runningSum(Value value, int64_t dim) {
  return frontend::runningSum(builder, loc, value, dim);
}
