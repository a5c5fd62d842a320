// Which keys a block of queries visits: those before the diagonal, those on it, none outside of a
// window.
#include "AttentionTiler.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::attention;

// The whole blocks of keys that `block` sees a part of.
SoftmaxState AttentionTiler::keyBlocks(const QueryBlock &block, Value q, SoftmaxState state) {
  if (window())
    return windowedBlocks(block, q, state);
  int64_t step = schedule.keyBlock;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  AffineExpr i = b.getAffineDimExpr(0), count = b.getAffineDimExpr(1);
  if (!op.getCausal()) {
    if (!ShapedType::isDynamic(keys) && keys < step)
      return state;
    Value end = least({wholeBlocks(i)}, {keyCount});
    return keyLoop(block, q, state, zero, end, step, /*diagonal=*/false);
  }
  // Blocks before the first query hold kept keys only; those from there to the last query are
  // compared key by key, in smaller blocks; later ones are not visited.
  int64_t finest = schedule.diagonalBlock;
  Value below =
      least({i.floorDiv(step) * step, count.floorDiv(step) * step}, {block.first, keyCount});
  Value end = least({(i + block.queries).ceilDiv(finest) * finest, wholeBlocks(count)},
                    {block.first, keyCount});
  state = keyLoop(block, q, state, zero, below, step, /*diagonal=*/false);
  return keyLoop(block, q, state, below, end, finest, /*diagonal=*/true);
}

// The keys that fill no whole block.
SoftmaxState AttentionTiler::lastKeys(const QueryBlock &block, Value q, SoftmaxState state) {
  int64_t rows = schedule.tile[0];
  if (!ShapedType::isDynamic(keys)) {
    // A multiple of the tile's rows, then the last few.
    int64_t finest = isMasked() ? schedule.diagonalBlock : schedule.keyBlock;
    int64_t full = keys / finest * finest, rest = keys - full;
    for (int64_t count : {rest / rows * rows, rest % rows}) {
      if (count)
        state = keyBlock(block, q, state, b.getIndexAttr(full), count, isMasked());
      full += count;
    }
    return state;
  }
  // As many times the tile's rows as there are, then one by one; none beyond the last query.
  AffineExpr i = b.getAffineDimExpr(0), count = b.getAffineDimExpr(1), seen = count;
  if (op.getCausal())
    seen = i + block.queries;
  SmallVector<OpFoldResult> operands = {block.first, keyCount};
  Value whole = least({wholeBlocks(count)}, operands);
  Value tiles = least({count.floorDiv(rows) * rows, seen.ceilDiv(rows) * rows}, operands);
  Value single = least({count.floorDiv(rows) * rows}, operands);
  Value end = least({count, seen}, operands);
  state = keyLoop(block, q, state, whole, tiles, rows, isMasked());
  return keyLoop(block, q, state, single, end, 1, isMasked());
}

// Query i sees the keys after i - window: no block before the first query's is visited, and until
// all queries of the block see all keys of a block, they are compared one by one.
SoftmaxState AttentionTiler::windowedBlocks(const QueryBlock &block, Value q, SoftmaxState state) {
  int64_t finest = schedule.diagonalBlock, step = schedule.keyBlock, width = *window();
  AffineExpr i = b.getAffineDimExpr(0), j = b.getAffineDimExpr(1);
  AffineExpr whole = wholeBlocks(j);
  Value start =
      greatest({(i - (width - 1)).floorDiv(finest) * finest, constantExpr(0)}, {block.first});
  Value seenByAll = greatest(
      {(i + (block.queries - width)).ceilDiv(finest) * finest, constantExpr(0)}, {block.first});
  Value diagonal, end;
  if (op.getCausal()) {
    diagonal = least({i.floorDiv(finest) * finest, whole}, {block.first, keyCount});
    end = least({(i + block.queries).ceilDiv(finest) * finest, whole}, {block.first, keyCount});
  } else {
    diagonal = end = least({whole}, {block.first, keyCount});
  }
  Value inside = least({i, j}, {seenByAll, diagonal});
  // Long blocks for as many keys as they fit in.
  Value outside = getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(b, loc, i + (j - i).floorDiv(step) * step,
                                            {inside, diagonal}));
  state = keyLoop(block, q, state, start, inside, finest, /*diagonal=*/true);
  state = keyLoop(block, q, state, inside, outside, step, /*diagonal=*/false);
  return keyLoop(block, q, state, outside, end, finest, /*diagonal=*/true);
}

Value AttentionTiler::least(ArrayRef<AffineExpr> exprs, ArrayRef<OpFoldResult> operands) {
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineMin(
          b, loc, AffineMap::get(operands.size(), 0, exprs, b.getContext()), operands));
}

Value AttentionTiler::greatest(ArrayRef<AffineExpr> exprs, ArrayRef<OpFoldResult> operands) {
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineMax(
          b, loc, AffineMap::get(operands.size(), 0, exprs, b.getContext()), operands));
}
