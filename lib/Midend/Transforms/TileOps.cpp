// Tiles linalg ops as their schedule says: threads, register tiles, blocks of the reduction.
#include "TileDynamic.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Vectorize.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"

namespace buddy {
#define GEN_PASS_DEF_TILEOPSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Tiles `op`; returns the op on one tile, and in `starts` what was fused before it. A fused start
// is given one tile of rows of the last loop.
static FailureOr<linalg::LinalgOp> tile(RewriterBase &rewriter, linalg::LinalgOp op,
                                        ArrayRef<int64_t> sizes,
                                        scf::SCFTilingOptions::LoopType loopType,
                                        SmallVectorImpl<linalg::LinalgOp> *starts) {
  SmallVector<OpFoldResult> tileSizes = getAsIndexOpFoldResult(op.getContext(), sizes);
  scf::SCFTilingOptions tiling;
  tiling.setTileSizes(tileSizes).setLoopType(loopType);
  scf::SCFTileAndFuseOptions options;
  // The value a contraction starts from is computed tile by tile with it, not as a tensor of its
  // own, if only this op (or the loop that takes its place) reads it.
  auto fuseStarts =
      [&](tensor::ExtractSliceOp, OpResult producer,
          bool isDestination) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
    auto start = dyn_cast<linalg::LinalgOp>(producer.getOwner());
    if (!isDestination || !start || start.getNumParallelLoops() != start.getNumLoops())
      return std::nullopt;
    for (Operation *user : start->getUsers())
      if (user != op && !isa<LoopLikeOpInterface>(user))
        return std::nullopt;
    return scf::SCFTileAndFuseOptions::ControlFnResult{};
  };
  // Not into the loops of a reduction: it would start anew with every step.
  auto fuseNothing = [](tensor::ExtractSliceOp, OpResult,
                        bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
    return std::nullopt;
  };
  options.setTilingOptions(tiling);
  if (starts)
    options.setFusionControlFn(fuseStarts);
  else
    options.setFusionControlFn(fuseNothing);
  rewriter.setInsertionPoint(op);
  FailureOr<scf::SCFTileAndFuseResult> result = scf::tileConsumerAndFuseProducersUsingSCF(
      rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(result) || result->tiledAndFusedOps.empty()) {
    op->emitError("cannot be tiled as its buddy.schedule says");
    return failure();
  }
  SmallVector<Value> replacements;
  for (Value old : op->getResults())
    replacements.push_back(result->replacements.lookup(old));
  rewriter.replaceOp(op, replacements);
  auto tiled = dyn_cast<linalg::LinalgOp>(result->tiledAndFusedOps.front());
  for (Operation *fused : ArrayRef(result->tiledAndFusedOps.getArrayRef()).drop_front())
    if (auto start = dyn_cast<linalg::LinalgOp>(fused))
      starts->push_back(start);
  if (!tiled)
    return failure();
  return tiled;
}

// Cuts `op` along loop `dim` after `at`; both parts.
static std::pair<linalg::LinalgOp, linalg::LinalgOp>
split(RewriterBase &rewriter, linalg::LinalgOp op, unsigned dim, int64_t at) {
  rewriter.setInsertionPoint(op);
  auto [first, second] = linalg::splitOp(rewriter, cast<TilingInterface>(op.getOperation()), dim,
                                         rewriter.getIndexAttr(at));
  return {cast<linalg::LinalgOp>(first.getOperation()),
          cast<linalg::LinalgOp>(second.getOperation())};
}

namespace {
struct Part {
  linalg::LinalgOp op;
  SmallVector<int64_t> tile;
};
} // namespace

// Splits so that every tile size divides its loop. `balanced` loops are cut into tiles whose sizes
// differ by at most one (41 = 5 x 7 + 6: no tile of a single row), others into full tiles and a
// rest.
static SmallVector<Part> splitRemainders(RewriterBase &rewriter, linalg::LinalgOp op,
                                         ArrayRef<int64_t> tile, ArrayRef<unsigned> balanced) {
  SmallVector<Part> parts = {{op, SmallVector<int64_t>(tile)}};
  for (unsigned dim = 0; dim < tile.size(); ++dim) {
    SmallVector<Part> next;
    for (Part &part : parts) {
      int64_t extent = part.op.getStaticLoopRanges()[dim], size = part.tile[dim];
      if (ShapedType::isDynamic(extent)) {
        next.push_back(part);
        continue;
      }
      if (size == 0 || size >= extent)
        size = extent;
      if (extent % size == 0) {
        part.tile[dim] = size;
        next.push_back(part);
        continue;
      }
      int64_t high = size, low = extent % size, at = extent - low;
      if (llvm::is_contained(balanced, dim)) {
        int64_t tiles = (extent + size - 1) / size;
        high = (extent + tiles - 1) / tiles;
        low = high - 1;
        at = extent - (tiles * high - extent) * low;
      }
      if (at == extent) { // balanced tiles of one size after all
        part.tile[dim] = high;
        next.push_back(part);
        continue;
      }
      auto [first, second] = split(rewriter, part.op, dim, at);
      Part head{first, part.tile}, rest{second, part.tile};
      head.tile[dim] = high;
      rest.tile[dim] = low;
      next.push_back(head);
      next.push_back(rest);
    }
    parts = std::move(next);
  }
  return parts;
}

// The same on one tile.
static linalg::LinalgOp startTileFromZero(RewriterBase &rewriter, linalg::LinalgOp op) {
  auto [fill, sum] = startFromZero(rewriter, op);
  markForVectorization(fill);
  markForVectorization(sum);
  return op;
}

// Register tile -> blocks of the reduction -> single steps of it.
static LogicalResult tileReduction(RewriterBase &rewriter, linalg::LinalgOp op,
                                   ArrayRef<unsigned> k, int64_t kBlock) {
  SmallVector<int64_t> loops = op.getStaticLoopRanges();
  // A reduction as long as each run chooses: whole blocks, then a shorter one, each from zero.
  // Single steps are exact whatever the length.
  if (ShapedType::isDynamic(loops[k.back()])) {
    SmallVector<linalg::LinalgOp> pieces;
    int64_t block = kBlock ? kBlock : 1;
    if (kBlock && !isZeroFill(op.getDpsInitOperand(0)->get()))
      startTileFromZero(rewriter, op);
    if (failed(tileDynamic(rewriter, op, k.back(), {block}, /*keepRest=*/true, pieces)))
      return failure();
    for (linalg::LinalgOp piece : pieces) {
      linalg::LinalgOp sum = kBlock ? startTileFromZero(rewriter, piece) : piece;
      SmallVector<int64_t> steps(loops.size(), 0);
      for (unsigned dim : k)
        steps[dim] = 1;
      FailureOr<linalg::LinalgOp> inner =
          tile(rewriter, sum, steps, scf::SCFTilingOptions::LoopType::ForOp, nullptr);
      if (failed(inner))
        return failure();
      markForVectorization(*inner);
    }
    return success();
  }
  int64_t terms = 1;
  for (unsigned dim : k)
    terms *= loops[dim];
  SmallVector<int64_t> sizes(loops.size(), 0);
  SmallVector<Part> blocks = {{op, sizes}};
  // A bias is often far larger than the products: they are summed before they meet it.
  if (kBlock && !isZeroFill(op.getDpsInitOperand(0)->get()))
    startTileFromZero(rewriter, op);
  // A single block is its own sum.
  if (kBlock && terms > kBlock) {
    sizes[k.back()] = kBlock;
    blocks = splitRemainders(rewriter, op, sizes, {});
    for (Part &block : blocks) {
      if (block.op.getStaticLoopRanges()[k.back()] > kBlock) {
        SmallVector<int64_t> blockSizes(loops.size(), 0);
        blockSizes[k.back()] = kBlock;
        for (unsigned dim : k.drop_back())
          blockSizes[dim] = 1;
        FailureOr<linalg::LinalgOp> inner =
            tile(rewriter, block.op, blockSizes, scf::SCFTilingOptions::LoopType::ForOp, nullptr);
        if (failed(inner))
          return failure();
        block.op = *inner;
      }
      block.op = startTileFromZero(rewriter, block.op);
    }
  }
  for (Part &block : blocks) {
    SmallVector<int64_t> steps(loops.size(), 0);
    for (unsigned dim : k)
      steps[dim] = 1;
    FailureOr<linalg::LinalgOp> inner =
        tile(rewriter, block.op, steps, scf::SCFTilingOptions::LoopType::ForOp, nullptr);
    if (failed(inner))
      return failure();
    markForVectorization(*inner);
  }
  return success();
}

// One part of an op that the threads share in tiles of `parallel`, which divide its loops.
static LogicalResult tileShare(RewriterBase &rewriter, linalg::LinalgOp op,
                               ArrayRef<int64_t> parallel, const TileSchedule &schedule,
                               Attribute written) {
  Block *home = op->getBlock();
  // The outermost loops that the op becomes carry its schedule on.
  auto keepOnLoop = [&](linalg::LinalgOp tiled) {
    Operation *outermost = home->findAncestorOpInBlock(*tiled);
    if (isa_and_present<LoopLikeOpInterface>(outermost))
      keepSchedule(written, outermost);
  };
  FailureOr<Contraction> dims = matchContraction(op);
  SmallVector<linalg::LinalgOp> starts;
  if (llvm::any_of(parallel, [](int64_t size) { return size != 0; })) {
    FailureOr<linalg::LinalgOp> tiled =
        tile(rewriter, op, parallel, scf::SCFTilingOptions::LoopType::ForallOp, &starts);
    if (failed(tiled))
      return failure();
    op = *tiled;
    keepOnLoop(op);
  }
  // A start that a later level can take further goes with it; see below.
  SmallVector<unsigned> balanced;
  if (succeeded(dims))
    balanced.append(dims->m.begin(), dims->m.end());
  // What is asked of the op before it is taken apart.
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  SmallVector<linalg::LinalgOp> pieces = {op};
  bool isWhole = true;
  for (unsigned dim = 0; dim < extents.size(); ++dim) {
    int64_t size = schedule.tile[dim];
    if (iterators[dim] == utils::IteratorType::reduction || size == 0 ||
        !ShapedType::isDynamic(extents[dim]))
      continue;
    isWhole = false;
    // As many whole tiles as there are, then half of one, and so on.
    SmallVector<int64_t> sizes = {size};
    while (sizes.back() > 1)
      sizes.push_back(sizes.back() / 2);
    SmallVector<linalg::LinalgOp> smaller;
    for (linalg::LinalgOp piece : pieces) {
      if (failed(tileDynamic(rewriter, piece, dim, sizes, /*keepRest=*/false, smaller)))
        return failure();
    }
    pieces = std::move(smaller);
  }
  SmallVector<Part> parts;
  for (linalg::LinalgOp piece : pieces) {
    if (!isWhole)
      keepOnLoop(piece);
    llvm::append_range(parts, splitRemainders(rewriter, piece, schedule.tile, balanced));
  }
  for (Part &part : parts) {
    // The reduction is not part of the register tile.
    SmallVector<int64_t> sizes = part.tile;
    if (succeeded(dims))
      for (unsigned dim : dims->k)
        sizes[dim] = 0;
    SmallVector<linalg::LinalgOp> fused;
    FailureOr<linalg::LinalgOp> tiled =
        tile(rewriter, part.op, sizes, scf::SCFTilingOptions::LoopType::ForOp, &fused);
    if (failed(tiled))
      return failure();
    keepOnLoop(*tiled);
    for (linalg::LinalgOp start : fused)
      markForVectorization(start);
    if (failed(dims)) {
      // Left whole: LLVM vectorizes a plain copy loop by itself.
      if (llvm::any_of(schedule.tile, [](int64_t size) { return size != 0; }))
        markForVectorization(*tiled);
    } else if (failed(tileReduction(rewriter, *tiled, dims->k, schedule.kBlock)))
      return failure();
  }
  // Starts that stayed at the thread's level (the op was split after it): rows of their own.
  for (linalg::LinalgOp start : starts) {
    if (!start->getBlock() || start->use_empty())
      continue;
    SmallVector<int64_t> sizes(start.getNumLoops(), 1);
    if (!sizes.empty())
      sizes.back() = 0;
    FailureOr<linalg::LinalgOp> tiled =
        tile(rewriter, start, sizes, scf::SCFTilingOptions::LoopType::ForOp, nullptr);
    if (failed(tiled))
      return failure();
    markForVectorization(*tiled);
  }
  return success();
}

static LogicalResult applySchedule(RewriterBase &rewriter, linalg::LinalgOp op) {
  // The attribute may come from a file: it can stand on any op.
  if (!op.hasPureTensorSemantics())
    return op->emitError() << kScheduleAttr << " is for ops on tensors";
  FailureOr<TileSchedule> schedule = readTileSchedule(op, op.getStaticLoopRanges());
  if (failed(schedule))
    return failure();
  Attribute written = op->removeAttr(kScheduleAttr);
  for (Part &share : splitRemainders(rewriter, op, schedule->parallel, {})) {
    for (auto [size, whole] : llvm::zip_equal(share.tile, schedule->parallel))
      if (whole == 0)
        size = 0;
    if (failed(tileShare(rewriter, share.op, share.tile, *schedule, written)))
      return failure();
  }
  return success();
}

namespace {
struct TileOps : buddy::impl::TileOpsPassBase<TileOps> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> scheduled;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op->hasAttr(kScheduleAttr))
        scheduled.push_back(op);
    });
    for (linalg::LinalgOp op : scheduled)
      if (failed(applySchedule(rewriter, op)))
        return signalPassFailure();

    RewritePatternSet patterns(&getContext());
    linalg::populateLinalgTilingCanonicalizationPatterns(patterns);
    scf::populateSCFForLoopCanonicalizationPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
