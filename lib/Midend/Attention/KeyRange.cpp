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
  if (!op.getCausal()) {
    if (wholeBlocks() == 0)
      return state;
    Value end = arith::ConstantIndexOp::create(b, loc, wholeBlocks());
    return keyLoop(block, q, state, zero, end, /*diagonal=*/false);
  }
  // Blocks before the first query hold kept keys only; those from there to the last query are
  // compared key by key, in smaller blocks; later ones are not visited.
  AffineExpr i = b.getAffineDimExpr(0);
  int64_t finest = schedule.diagonalBlock;
  Value below = least({i.floorDiv(step) * step, constantExpr(keys / step * step)}, {block.first});
  Value end = least({(i + block.queries).ceilDiv(finest) * finest, constantExpr(wholeBlocks())},
                    {block.first});
  state = keyLoop(block, q, state, zero, below, /*diagonal=*/false);
  return keyLoop(block, q, state, below, end, /*diagonal=*/true);
}

// Query i sees the keys after i - window: no block before the first query's is visited, and until
// all queries of the block see all keys of a block, they are compared one by one.
SoftmaxState AttentionTiler::windowedBlocks(const QueryBlock &block, Value q, SoftmaxState state) {
  int64_t finest = schedule.diagonalBlock, step = schedule.keyBlock, width = *window();
  AffineExpr i = b.getAffineDimExpr(0), j = b.getAffineDimExpr(1);
  AffineExpr whole = constantExpr(wholeBlocks());
  Value start =
      greatest({(i - (width - 1)).floorDiv(finest) * finest, constantExpr(0)}, {block.first});
  Value seenByAll = greatest(
      {(i + (block.queries - width)).ceilDiv(finest) * finest, constantExpr(0)}, {block.first});
  Value diagonal, end;
  if (op.getCausal()) {
    diagonal = least({i.floorDiv(finest) * finest, whole}, {block.first});
    end = least({(i + block.queries).ceilDiv(finest) * finest, whole}, {block.first});
  } else {
    diagonal = end = arith::ConstantIndexOp::create(b, loc, wholeBlocks());
  }
  Value inside = least({i, j}, {seenByAll, diagonal});
  // Long blocks for as many keys as they fit in.
  Value outside = getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(b, loc, i + (j - i).floorDiv(step) * step,
                                            {inside, diagonal}));
  state = keyLoop(block, q, state, start, inside, /*diagonal=*/true);
  state = keyLoop(block, q, state, inside, outside, /*diagonal=*/false);
  return keyLoop(block, q, state, outside, end, /*diagonal=*/true);
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
