// One loop a tile size: for a length of 37 and the sizes 8, 4, 2, 1 four tiles of 8, one of 4 and
// one of 1.
#include "TileDynamic.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace buddy;

namespace {
// A tile of an op: where it is in the op's loops.
struct Place {
  SmallVector<OpFoldResult> offsets, sizes;
};
} // namespace

// The value that `op` starts from, if it is computed for it alone.
static linalg::LinalgOp startOf(linalg::LinalgOp op) {
  auto start = op.getDpsInitOperand(0)->get().getDefiningOp<linalg::LinalgOp>();
  bool isOwn = start && start->hasOneUse() && start->getNumResults() == 1 &&
               start.getNumParallelLoops() == start.getNumLoops() &&
               !start.payloadUsesValueFromOperand(start.getDpsInitOperand(0)) &&
               start->getBlock() == op->getBlock();
  return isOwn ? start : linalg::LinalgOp();
}

// `op` on the tile at `place`, reading and writing that tile of `whole`; the tile's result is put
// into `whole`, which is returned.
static FailureOr<Value> tileAt(RewriterBase &b, linalg::LinalgOp op, linalg::LinalgOp start,
                               const Place &place, Value whole,
                               SmallVectorImpl<linalg::LinalgOp> &pieces) {
  Location loc = op.getLoc();
  auto onWhole = [&](linalg::LinalgOp from) {
    auto copy = cast<linalg::LinalgOp>(b.clone(*from.getOperation()));
    copy.getDpsInitsMutable()[0].assign(whole);
    return copy;
  };
  linalg::LinalgOp copy = onWhole(op);
  auto tiling = cast<TilingInterface>(copy.getOperation());
  SmallVector<OpFoldResult> offsets, sizes;
  FailureOr<TilingResult> tiled = tiling.getTiledImplementation(b, place.offsets, place.sizes);
  if (failed(tiled) || tiled->tiledOps.size() != 1 ||
      failed(tiling.getResultTilePosition(b, 0, place.offsets, place.sizes, offsets, sizes)))
    return op->emitError("cannot be tiled as its buddy.schedule says");
  auto piece = cast<linalg::LinalgOp>(tiled->tiledOps.front());
  if (start) {
    linalg::LinalgOp startCopy = onWhole(start);
    b.setInsertionPoint(piece);
    FailureOr<TilingResult> startTile = cast<TilingInterface>(startCopy.getOperation())
                                            .generateResultTileValue(b, 0, offsets, sizes);
    if (failed(startTile) || startTile->tiledValues.size() != 1 ||
        startTile->tiledValues.front().getType() != piece.getDpsInitOperand(0)->get().getType())
      return op->emitError("what it starts from cannot be tiled");
    piece.getDpsInitsMutable()[0].assign(startTile->tiledValues.front());
    b.setInsertionPointAfter(piece);
    b.eraseOp(startCopy);
  }
  b.eraseOp(copy);
  SmallVector<OpFoldResult> ones(offsets.size(), b.getIndexAttr(1));
  pieces.push_back(piece);
  return tensor::InsertSliceOp::create(b, loc, piece->getResult(0), whole, offsets, sizes, ones)
      .getResult();
}

LogicalResult buddy::tileDynamic(RewriterBase &b, linalg::LinalgOp op, unsigned dim,
                                 ArrayRef<int64_t> sizes, bool keepRest,
                                 SmallVectorImpl<linalg::LinalgOp> &pieces) {
  if (op->getNumResults() != 1 || op.getNumDpsInits() != 1)
    return op->emitError("an op of several results cannot be tiled in a dynamic loop");
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Place place;
  for (OpFoldResult extent : loopExtents(b, op)) {
    if (!extent)
      return op->emitError("has a loop whose length is no tensor's size");
    place.offsets.push_back(b.getIndexAttr(0));
    place.sizes.push_back(extent);
  }
  OpFoldResult extent = place.sizes[dim];
  bool isReduced = op.getIteratorTypesArray()[dim] == utils::IteratorType::reduction;
  // A reduction goes on from what the tiles before it have summed.
  linalg::LinalgOp start = isReduced ? linalg::LinalgOp() : startOf(op);
  Value whole = start ? start.getDpsInitOperand(0)->get() : op.getDpsInitOperand(0)->get();
  OpFoldResult from = b.getIndexAttr(0);
  AffineExpr n = b.getAffineDimExpr(0), m = b.getAffineDimExpr(1);
  for (int64_t size : sizes) {
    OpFoldResult to =
        affine::makeComposedFoldedAffineApply(b, loc, n.floorDiv(size) * size, {extent});
    // Three rows for each of a batch are whole tiles of three: nothing is left for single ones.
    // What never runs is no loop: one-shot bufferization would give its tile a copy of unknown
    // size.
    FailureOr<bool> isNothing = ValueBoundsConstraintSet::areEqual(from, to);
    if (succeeded(isNothing) && *isNothing)
      continue;
    auto loop = scf::ForOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, from),
                                   getValueOrCreateConstantIndexOp(b, loc, to),
                                   arith::ConstantIndexOp::create(b, loc, size), ValueRange{whole});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      place.offsets[dim] = loop.getInductionVar();
      place.sizes[dim] = b.getIndexAttr(size);
      FailureOr<Value> next = tileAt(b, op, start, place, loop.getRegionIterArg(0), pieces);
      if (failed(next))
        return failure();
      scf::YieldOp::create(b, loc, *next);
    }
    whole = loop.getResult(0);
    from = to;
  }
  if (keepRest) {
    place.offsets[dim] = from;
    place.sizes[dim] = affine::makeComposedFoldedAffineApply(b, loc, n - m, {extent, from});
    FailureOr<Value> next = tileAt(b, op, start, place, whole, pieces);
    if (failed(next))
      return failure();
    whole = *next;
  }
  // The start has no use any more. The caller may have it in a list: it goes with the clean-up.
  b.replaceOp(op, whole);
  return success();
}
