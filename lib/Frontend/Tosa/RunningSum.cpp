// Running sums, one element after the other.
#include "buddy/Frontend/Tosa/RunningSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

Value buddy::frontend::runningSum(OpBuilder &builder, Location loc, Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  auto index = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, number);
  };
  Type element = type.getElementType();
  MLIRContext *context = builder.getContext();
  SmallVector<int64_t> sizes(type.getShape());
  sizes[dim] = 1;
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0)),
      extents = getAsIndexOpFoldResult(context, sizes), ones(sizes.size(), builder.getIndexAttr(1));
  // The sum so far goes from step to step in memory of its own; of floats in f64, as ATen has it.
  bool isFloat = isa<FloatType>(element);
  Type carried = isFloat ? builder.getF64Type() : element;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(carried));
  Value none = tensor::EmptyOp::create(builder, loc, sizes, carried);
  Value start = linalg::FillOp::create(builder, loc, zero, none).getResult(0);
  Value sums = tensor::EmptyOp::create(builder, loc, type.getShape(), element);
  auto loop = scf::ForOp::create(builder, loc, index(0), index(type.getDimSize(dim)), index(1),
                                 ValueRange{sums, start});
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  offsets[dim] = loop.getInductionVar();
  Value term = tensor::ExtractSliceOp::create(builder, loc, RankedTensorType::get(sizes, element),
                                              value, offsets, extents, ones);
  AffineMap identity = builder.getMultiDimIdentityMap(sizes.size());
  SmallVector<utils::IteratorType> parallel(sizes.size(), utils::IteratorType::parallel);
  auto each = [&](Type result, Value from, Value into,
                  function_ref<Value(OpBuilder &, Location, ValueRange)> compute) {
    return linalg::GenericOp::create(builder, loc, TypeRange{RankedTensorType::get(sizes, result)},
                                     ValueRange{from}, ValueRange{into},
                                     ArrayRef{identity, identity}, parallel,
                                     [&](OpBuilder &b, Location l, ValueRange args) {
                                       linalg::YieldOp::create(b, l, compute(b, l, args));
                                     })
        .getResult(0);
  };
  Value sum = each(carried, term, loop.getRegionIterArg(1),
                   [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                     if (!isFloat)
                       return arith::AddIOp::create(b, l, args[1], args[0]);
                     Value wide = arith::ExtFOp::create(b, l, carried, args[0]);
                     return arith::AddFOp::create(b, l, args[1], wide);
                   });
  Value rounded = sum;
  if (isFloat)
    rounded = each(element, sum, tensor::EmptyOp::create(builder, loc, sizes, element),
                   [&](OpBuilder &b, Location l, ValueRange args) -> Value {
                     return arith::TruncFOp::create(b, l, element, args[0]);
                   });
  Value next = tensor::InsertSliceOp::create(builder, loc, rounded, loop.getRegionIterArg(0),
                                             offsets, extents, ones);
  scf::YieldOp::create(builder, loc, ValueRange{next, sum});
  return loop.getResult(0);
}
