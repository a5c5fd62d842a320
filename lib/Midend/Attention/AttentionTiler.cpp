// The pieces of which attention is built: scheduled linalg ops and slices.
#include "AttentionTiler.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::attention;

Value AttentionTiler::generic(unsigned loops, unsigned reductions,
                              ArrayRef<SmallVector<AffineExpr>> maps, ValueRange inputs, Value init,
                              ArrayRef<int64_t> tile, int64_t kBlock, Body body) {
  SmallVector<AffineMap> indexing;
  for (const SmallVector<AffineExpr> &map : maps)
    indexing.push_back(AffineMap::get(loops, 0, map, b.getContext()));
  SmallVector<utils::IteratorType> iterators(loops - reductions, utils::IteratorType::parallel);
  iterators.append(reductions, utils::IteratorType::reduction);
  auto created = linalg::GenericOp::create(
      b, loc, TypeRange{init.getType()}, inputs, ValueRange{init}, indexing, iterators,
      [&](OpBuilder &builder, Location l, ValueRange args) {
        linalg::YieldOp::create(builder, l, body(builder, l, args));
      });
  TileSchedule inner;
  inner.parallel.assign(loops, 0);
  inner.tile.assign(tile.begin(), tile.end());
  inner.kBlock = kBlock;
  if (!tile.empty())
    setSchedule(created, inner);
  return created.getResult(0);
}

// Loops (row, lane, k) in register tiles of the schedule.
Value AttentionTiler::contraction(ArrayRef<SmallVector<AffineExpr>> maps, Value a, Value bb,
                                  Value init, int64_t kBlock) {
  return generic(3, 1, maps, {a, bb}, init, {schedule.tile[0], schedule.tile[1], 0}, kBlock,
                 [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                   Value product = arith::MulFOp::create(builder, l, args[0], args[1]);
                   return arith::AddFOp::create(builder, l, args[2], product);
                 });
}

Value AttentionTiler::fill(double value, ArrayRef<int64_t> shape, ArrayRef<int64_t> tile) {
  auto created = linalg::FillOp::create(b, loc, constant(value), empty(shape));
  if (!tile.empty())
    setSchedule(created,
                TileSchedule{SmallVector<int64_t>(shape.size(), 0), SmallVector<int64_t>(tile), 0});
  return created.getResult(0);
}

Value AttentionTiler::slice(Value source, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes,
                            ArrayRef<int64_t> shape) {
  auto type =
      RankedTensorType::get(shape, cast<RankedTensorType>(source.getType()).getElementType());
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, type, source, offsets,
                                        getAsIndexOpFoldResult(b.getContext(), sizes), strides);
}

Value AttentionTiler::headRows(Value tensor, bool sequenceMajor, Value batch, Value head,
                               OpFoldResult first, int64_t count, int64_t columns) {
  return slice(tensor, ordered<OpFoldResult>(sequenceMajor, batch, head, first, b.getIndexAttr(0)),
               ordered<int64_t>(sequenceMajor, 1, 1, count, columns), {count, columns});
}

Value AttentionTiler::padded(Value part, ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> shape) {
  Type element = cast<RankedTensorType>(part.getType()).getElementType();
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(element));
  Value whole = linalg::FillOp::create(b, loc, zero,
                                       tensor::EmptyOp::create(b, loc, shape, element).getResult())
                    .getResult(0);
  SmallVector<OpFoldResult> zeros(shape.size(), b.getIndexAttr(0)),
      ones(shape.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, part, whole, zeros, sizes, ones);
}

Value AttentionTiler::presentRows(Value tensor, bool sequenceMajor, const QueryBlock &block,
                                  int64_t columns) {
  OpFoldResult one = b.getIndexAttr(1), width = b.getIndexAttr(columns);
  auto type = RankedTensorType::get({ShapedType::kDynamic, columns},
                                    cast<RankedTensorType>(tensor.getType()).getElementType());
  Value rows = tensor::ExtractSliceOp::create(
      b, loc, type, tensor,
      ordered<OpFoldResult>(sequenceMajor, block.batch, block.head, block.first, b.getIndexAttr(0)),
      ordered<OpFoldResult>(sequenceMajor, one, one, block.present, width),
      SmallVector<OpFoldResult>(4, one));
  return padded(rows, {block.present, width}, {block.queries, columns});
}

Value AttentionTiler::insert(Value source, Value into, ArrayRef<OpFoldResult> offsets,
                             ArrayRef<int64_t> sizes) {
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, source, into, offsets,
                                       getAsIndexOpFoldResult(b.getContext(), sizes), strides);
}
