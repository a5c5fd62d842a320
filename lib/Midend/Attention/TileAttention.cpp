// attn.attention -> a parallel loop over query blocks, each an online softmax over key blocks.
//
// Queries lie in vector lanes: scores are kept as [key][query], so that maximum and sum over keys
// are vertical vector operations, and keys and values are read where they are, one scalar for all
// lanes. Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness",
// 2022.
#include "AttentionTiler.h"
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_TILEATTENTIONPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;
using namespace buddy::attention;

// [depth][lanes]: the block's queries, scaled, transposed; lanes beyond them hold zeros.
Value AttentionTiler::transposedQueries(const QueryBlock &block) {
  OpFoldResult zero = b.getIndexAttr(0);
  // [queries][depth]
  Value rows = block.present ? presentRows(op.getQuery(), op.getQuerySequenceMajor(), block, depth)
                             : headRows(op.getQuery(), op.getQuerySequenceMajor(), block.batch,
                                        block.head, block.first, block.queries, depth);
  // A cap is tanh's unit.
  double unit = op.getSoftcap() ? op.getSoftcap()->convertToDouble() : 1;
  Value scale = constant(op.getScale().convertToDouble() / unit);
  Value out = block.queries == block.lanes ? empty({depth, block.lanes})
                                           : fill(0.0, {depth, block.lanes}, {1, 0});
  Value target = block.queries == block.lanes
                     ? out
                     : slice(out, {zero, zero}, {depth, block.queries}, {depth, block.queries});
  Value transposed = generic(2, 0, {{dim(1), dim(0)}, {dim(0), dim(1)}}, {rows}, target, {16, 16},
                             0, [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
                               return arith::MulFOp::create(builder, l, args[0], scale);
                             });
  return block.queries == block.lanes
             ? transposed
             : insert(transposed, out, {zero, zero}, {depth, block.queries});
}

// The block's rows of the result, [queries][valueDepth], written into `destination` of that shape.
Value AttentionTiler::queryBlock(const QueryBlock &block, Value destination) {
  Value q = transposedQueries(block);
  SoftmaxState state{fill(0.0, {valueDepth, block.lanes}, {1, 0}),
                     fill(-std::numeric_limits<double>::infinity(), {block.lanes}, {block.lanes}),
                     fill(0.0, {block.lanes}, {block.lanes})};
  state = keyBlocks(block, q, state);
  state = lastKeys(block, q, state);

  if (hasEmptyRows() && op.getEmptyRows() == "mean")
    state = meanOfAllKeys(block, state);
  bool emptyIsZero = hasEmptyRows() && op.getEmptyRows() == "zero";
  Value inverse =
      generic(1, 0, {{dim(0)}, {dim(0)}}, {state.sum}, empty({block.lanes}), {block.lanes}, 0,
              [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
                Value one = arith::ConstantOp::create(builder, l, builder.getF32FloatAttr(1));
                Value quotient = arith::DivFOp::create(builder, l, one, args[0]);
                if (!emptyIsZero)
                  return quotient; // 1 / 0 times 0 is NaN, as softmax of a row of -inf
                Value none = arith::ConstantOp::create(builder, l, builder.getF32FloatAttr(0));
                Value isEmpty =
                    arith::CmpFOp::create(builder, l, arith::CmpFPredicate::OEQ, args[0], none);
                return arith::SelectOp::create(builder, l, isEmpty, none, quotient);
              });
  OpFoldResult first = b.getIndexAttr(0);
  Value acc = state.acc;
  if (block.queries != block.lanes) {
    acc = slice(acc, {first, first}, {valueDepth, block.queries}, {valueDepth, block.queries});
    inverse = slice(inverse, {first}, {block.queries}, {block.queries});
  }
  return generic(2, 0, {{dim(1), dim(0)}, {dim(0)}, {dim(0), dim(1)}}, {acc, inverse}, destination,
                 {16, 16}, 0, [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                   return arith::MulFOp::create(builder, l, args[0], args[1]);
                 });
}

// `blocks` query blocks of `blockQueries`, of which `present` are there if it is not null, for
// every batch and head, from query `firstQuery` on.
Value AttentionTiler::loop(Value destination, OpFoldResult firstQuery, OpFoldResult blocks,
                           int64_t blockQueries, OpFoldResult present) {
  SmallVector<OpFoldResult> bounds = {batchCount, b.getIndexAttr(kvHeads), blocks,
                                      b.getIndexAttr(heads / kvHeads)};
  auto forall = scf::ForallOp::create(b, loc, bounds, ValueRange{destination}, std::nullopt);
  keepSchedule(op->getAttr(kScheduleAttr), forall);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  AffineExpr i = b.getAffineDimExpr(0), j = b.getAffineDimExpr(1);
  SmallVector<Value> ivs = forall.getInductionVars();
  QueryBlock block;
  block.batch = ivs[0];
  block.kvHead = ivs[1];
  // The heads that read the same keys and values follow one another on a block of queries: what the
  // first has brought into the cache the others find there.
  block.head = getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(b, loc, i * (heads / kvHeads) + j, {ivs[1], ivs[3]}));
  block.first =
      affine::makeComposedFoldedAffineApply(b, loc, i * blockQueries + j, {ivs[2], firstQuery});
  block.queries = blockQueries;
  block.lanes = blockQueries == schedule.queryBlock ? blockQueries : llvm::alignTo(blockQueries, 8);
  block.present = present;
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  bool sequenceMajor = op.getResultSequenceMajor();
  SmallVector<OpFoldResult> offsets =
      ordered<OpFoldResult>(sequenceMajor, block.batch, block.head, block.first, zero);
  OpFoldResult width = b.getIndexAttr(valueDepth);
  SmallVector<OpFoldResult> sizes = ordered<OpFoldResult>(
      sequenceMajor, one, one, present ? present : b.getIndexAttr(blockQueries), width);
  Value result;
  if (present) {
    // Computed beside, for all lanes; what is there is copied.
    Value all = queryBlock(block, empty({blockQueries, valueDepth}));
    auto part = RankedTensorType::get({ShapedType::kDynamic, valueDepth}, b.getF32Type());
    result = tensor::ExtractSliceOp::create(b, loc, part, all, ArrayRef<OpFoldResult>{zero, zero},
                                            ArrayRef<OpFoldResult>{present, width},
                                            ArrayRef<OpFoldResult>{one, one});
  } else {
    Value rows = slice(forall.getRegionIterArgs()[0], offsets,
                       ordered<int64_t>(sequenceMajor, 1, 1, blockQueries, valueDepth),
                       {blockQueries, valueDepth});
    result = queryBlock(block, rows);
  }
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, result, forall.getRegionIterArgs()[0], offsets,
                                        sizes, SmallVector<OpFoldResult>(4, one));
  return forall.getResult(0);
}

Value AttentionTiler::lower() {
  SmallVector<OpFoldResult> sizes =
      ordered<OpFoldResult>(op.getResultSequenceMajor(), batchCount, b.getIndexAttr(heads),
                            queryCount, b.getIndexAttr(valueDepth));
  Value result = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
  if (ShapedType::isDynamic(queries)) {
    // As many whole blocks as there are, of what is left one of half as many queries, and so on,
    // and at last a block of the least size that is not full.
    AffineExpr count = b.getAffineDimExpr(0), from = b.getAffineConstantExpr(0);
    auto apply = [&](AffineExpr expr) {
      return affine::makeComposedFoldedAffineApply(b, loc, expr, {queryCount});
    };
    int64_t size = schedule.queryBlock;
    while (true) {
      AffineExpr to = count.floorDiv(size) * size;
      result = loop(result, apply(from), apply((to - from).floorDiv(size)), size, {});
      from = to;
      if (size % 16 != 0) // blocks of eight lanes, or what the schedule has, are the least
        break;
      size /= 2;
    }
    return loop(result, apply(from), apply(count.ceilDiv(size) - count.floorDiv(size)), size,
                apply(count % size));
  }
  int64_t blocks = queries / schedule.queryBlock, rest = queries % schedule.queryBlock;
  if (blocks)
    result = loop(result, b.getIndexAttr(0), b.getIndexAttr(blocks), schedule.queryBlock, {});
  if (rest)
    result = loop(result, b.getIndexAttr(queries - rest), b.getIndexAttr(1), rest, {});
  return result;
}

namespace {
struct TileAttention : buddy::impl::TileAttentionPassBase<TileAttention> {
  void runOnOperation() override {
    SmallVector<attn::AttentionOp> ops;
    getOperation().walk([&](attn::AttentionOp op) { ops.push_back(op); });
    for (attn::AttentionOp op : ops) {
      FailureOr<AttentionSchedule> schedule = readAttentionSchedule(op);
      if (failed(schedule))
        return signalPassFailure();
      for (Type type : {op.getQuery().getType(), op.getKey().getType(), op.getValue().getType()})
        if (llvm::is_contained(cast<RankedTensorType>(type).getShape(), 0)) {
          op.emitError("attention over empty tensors is not supported");
          return signalPassFailure();
        }
      if (!schedule->diagonalBlock)
        schedule->diagonalBlock = schedule->keyBlock;
      Value result = AttentionTiler(op, *schedule).lower();
      op.replaceAllUsesWith(result);
      op.erase();
    }
  }
};
} // namespace
