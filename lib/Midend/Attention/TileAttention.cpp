// attn.attention -> a parallel loop over query blocks, each an online softmax over key blocks.
//
// Queries lie in vector lanes: scores are kept as [key][query], so that maximum and sum over keys
// are vertical vector operations, and keys and values are read where they are, one scalar for all
// lanes. Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness",
// 2022.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_TILEATTENTIONPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
// What a query block carries from key block to key block.
struct State {
  Value acc; // [Dv][queries]: sum of exp(score - max) * value
  Value max; // [queries]: largest score so far
  Value sum; // [queries]: sum of exp(score - max)
};

// Where a query block is.
struct QueryBlock {
  Value batch, head, kvHead; // index
  OpFoldResult first;        // its first query
  int64_t queries;           // how many
  int64_t lanes;             // how many lanes hold them: queries, rounded up for a last short block
};

class AttentionTiler {
public:
  AttentionTiler(attn::AttentionOp op, const AttentionSchedule &schedule)
      : op(op), schedule(schedule), b(op), loc(op.getLoc()), batches(op.queryShape()[0]),
        heads(op.queryShape()[1]), kvHeads(op.keyShape()[1]), queries(op.queryShape()[2]),
        keys(op.keyShape()[2]), depth(op.queryShape()[3]), valueDepth(op.valueShape()[3]) {}

  Value lower();

private:
  using Body = llvm::function_ref<Value(OpBuilder &, Location, ValueRange)>;
  // Dimensions of the two- and three-dimensional loops below.
  AffineExpr dim(unsigned i) { return b.getAffineDimExpr(i); }
  // linalg.generic with the given result maps; the last `reductions` loops reduce; scheduled to be
  // vectorized in tiles of `tile` (0: the whole loop).
  Value generic(unsigned loops, unsigned reductions, ArrayRef<SmallVector<AffineExpr>> maps,
                ValueRange inputs, Value init, ArrayRef<int64_t> tile, int64_t kBlock, Body body);
  Value contraction(ArrayRef<SmallVector<AffineExpr>> maps, Value a, Value bb, Value init,
                    int64_t kBlock);
  Value empty(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
  }
  Value constant(double value) {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  }
  // `tile` empty: unscheduled, to be fused into the contraction that starts from it.
  Value fill(double value, ArrayRef<int64_t> shape, ArrayRef<int64_t> tile);
  // source[offsets][sizes], with the dimensions of size 1 dropped down to `shape`.
  Value slice(Value source, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes,
              ArrayRef<int64_t> shape);
  // Rows [first, first + count) of one head of a query, key or value tensor: [count][columns].
  Value headRows(Value tensor, bool sequenceMajor, Value batch, Value head, OpFoldResult first,
                 int64_t count, int64_t columns);
  Value insert(Value source, Value into, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes);

  Value loop(Value destination, OpFoldResult firstQuery, int64_t blocks, int64_t blockQueries);
  Value queryBlock(const QueryBlock &block, Value destination);
  Value transposedQueries(const QueryBlock &block);
  State keyLoop(const QueryBlock &block, Value q, State state, Value from, Value to, bool diagonal);
  State keyBlock(const QueryBlock &block, Value q, State state, OpFoldResult first, int64_t count,
                 bool diagonal);
  Value masked(const QueryBlock &block, Value scores, OpFoldResult firstKey, int64_t count,
               bool diagonal);
  Value maskSlice(Value mask, const QueryBlock &block, OpFoldResult firstKey, int64_t count,
                  SmallVector<AffineExpr> &map);
  // Whether a query can be without any key, so that its maximum is -inf.
  bool hasEmptyRows() { return op.getKeep() || op.getBias(); }

  attn::AttentionOp op;
  AttentionSchedule schedule;
  OpBuilder b;
  Location loc;
  int64_t batches, heads, kvHeads, queries, keys, depth, valueDepth;
};
} // namespace

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

// The order of batch, head, row, column in a tensor that may be sequence-major.
template <typename T>
static SmallVector<T> ordered(bool sequenceMajor, T batch, T head, T row, T column) {
  return sequenceMajor ? SmallVector<T>{batch, row, head, column}
                       : SmallVector<T>{batch, head, row, column};
}

Value AttentionTiler::headRows(Value tensor, bool sequenceMajor, Value batch, Value head,
                               OpFoldResult first, int64_t count, int64_t columns) {
  return slice(tensor, ordered<OpFoldResult>(sequenceMajor, batch, head, first, b.getIndexAttr(0)),
               ordered<int64_t>(sequenceMajor, 1, 1, count, columns), {count, columns});
}

Value AttentionTiler::insert(Value source, Value into, ArrayRef<OpFoldResult> offsets,
                             ArrayRef<int64_t> sizes) {
  SmallVector<OpFoldResult> strides(sizes.size(), b.getIndexAttr(1));
  return tensor::InsertSliceOp::create(b, loc, source, into, offsets,
                                       getAsIndexOpFoldResult(b.getContext(), sizes), strides);
}

// [depth][lanes]: the block's queries, scaled, transposed; lanes beyond them hold zeros.
Value AttentionTiler::transposedQueries(const QueryBlock &block) {
  OpFoldResult zero = b.getIndexAttr(0);
  Value rows = headRows(op.getQuery(), op.getQuerySequenceMajor(), block.batch, block.head,
                        block.first, block.queries, depth); // [queries][depth]
  Value scale = constant(op.getScale().convertToDouble());
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

// The part of keep or bias that a block of scores [key][query] reads, without its dimensions of
// size 1, and the map from (key, query) to it.
Value AttentionTiler::maskSlice(Value mask, const QueryBlock &block, OpFoldResult firstKey,
                                int64_t count, SmallVector<AffineExpr> &map) {
  auto type = cast<RankedTensorType>(mask.getType());
  OpFoldResult zero = b.getIndexAttr(0);
  OpFoldResult at[] = {block.batch, block.head, block.first, firstKey};
  int64_t extent[] = {1, 1, block.queries, count};
  SmallVector<OpFoldResult> offsets;
  SmallVector<int64_t> sizes, shape;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    int64_t position = 4 - type.getRank() + i;
    bool isRead = type.getDimSize(i) != 1;
    offsets.push_back(isRead ? at[position] : zero);
    sizes.push_back(isRead ? extent[position] : 1);
    if (isRead && position >= 2) {
      shape.push_back(extent[position]);
      map.push_back(dim(position == 2 ? 1 : 0));
    }
  }
  return slice(mask, offsets, sizes, shape);
}

// Adds the bias and gives excluded keys -inf. scores [count][lanes]; lanes without a query stay.
Value AttentionTiler::masked(const QueryBlock &block, Value scores, OpFoldResult firstKey,
                             int64_t count, bool diagonal) {
  if (!diagonal && !op.getKeep() && !op.getBias())
    return scores;
  OpFoldResult zero = b.getIndexAttr(0);
  Value target = scores;
  if (block.queries != block.lanes)
    target = slice(scores, {zero, zero}, {count, block.queries}, {count, block.queries});
  SmallVector<SmallVector<AffineExpr>> maps;
  SmallVector<Value> inputs;
  for (Value mask : {op.getKeep(), op.getBias()}) {
    if (!mask)
      continue;
    SmallVector<AffineExpr> map;
    inputs.push_back(maskSlice(mask, block, firstKey, count, map));
    maps.push_back(map);
  }
  maps.push_back({dim(0), dim(1)});
  Value excluded = constant(-std::numeric_limits<double>::infinity());
  Value first = getValueOrCreateConstantIndexOp(b, loc, firstKey);
  Value firstQuery = getValueOrCreateConstantIndexOp(b, loc, block.first);
  Value result = generic(
      2, 0, maps, inputs, target, {1, 0}, 0,
      [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
        Value score = args.back();
        if (op.getBias())
          score = arith::AddFOp::create(builder, l, score, args[op.getKeep() ? 1 : 0]);
        if (op.getKeep()) {
          Value none =
              arith::ConstantOp::create(builder, l, builder.getZeroAttr(args[0].getType()));
          Value kept = arith::CmpIOp::create(builder, l, arith::CmpIPredicate::ne, args[0], none);
          score = arith::SelectOp::create(builder, l, kept, score, excluded);
        }
        if (diagonal) {
          Value key = linalg::IndexOp::create(builder, l, 0);
          Value query = linalg::IndexOp::create(builder, l, 1);
          key = arith::AddIOp::create(builder, l, key, first);
          query = arith::AddIOp::create(builder, l, query, firstQuery);
          Value kept = arith::CmpIOp::create(builder, l, arith::CmpIPredicate::ule, key, query);
          score = arith::SelectOp::create(builder, l, kept, score, excluded);
        }
        return score;
      });
  return block.queries == block.lanes
             ? result
             : insert(result, scores, {zero, zero}, {count, block.queries});
}

// One step of the online softmax over keys [first, first + count).
State AttentionTiler::keyBlock(const QueryBlock &block, Value q, State state, OpFoldResult first,
                               int64_t count, bool diagonal) {
  OpFoldResult zero = b.getIndexAttr(0);
  int64_t lanes = block.lanes;
  Value key = headRows(op.getKey(), op.getKeySequenceMajor(), block.batch, block.kvHead, first,
                       count, depth);
  Value value = headRows(op.getValue(), op.getValueSequenceMajor(), block.batch, block.kvHead,
                         first, count, valueDepth);
  // scores[key][query] = sum over depth of key[key][d] * q[d][query]
  Value scores = contraction({{dim(0), dim(2)}, {dim(2), dim(1)}, {dim(0), dim(1)}}, key, q,
                             fill(0.0, {count, lanes}, {}), 256);
  scores = masked(block, scores, first, count, diagonal);

  // Loops (query, key): the reduction is last.
  Value max = generic(2, 1, {{dim(1), dim(0)}, {dim(0)}}, {scores}, state.max, {0, 4}, 0,
                      [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                        return arith::MaxNumFOp::create(builder, l, args[0], args[1]);
                      });
  // A row of -inf so far: -inf - -inf would be NaN; against 0 its weights are exp(-inf) = 0.
  Value reference = max;
  if (hasEmptyRows())
    reference =
        generic(1, 0, {{dim(0)}, {dim(0)}}, {max}, empty({lanes}), {lanes}, 0,
                [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
                  Value infinity = arith::ConstantOp::create(
                      builder, l, builder.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
                  Value none = arith::ConstantOp::create(builder, l, builder.getF32FloatAttr(0));
                  Value isEmpty = arith::CmpFOp::create(builder, l, arith::CmpFPredicate::OEQ,
                                                        args[0], infinity);
                  return arith::SelectOp::create(builder, l, isEmpty, none, args[0]);
                });
  auto expOfDifference = [](OpBuilder &builder, Location l, ValueRange args) -> Value {
    Value difference = arith::SubFOp::create(builder, l, args[0], args[1]);
    return math::ExpOp::create(builder, l, difference);
  };
  Value correction = generic(1, 0, {{dim(0)}, {dim(0)}, {dim(0)}}, {state.max, reference},
                             empty({lanes}), {lanes}, 0, expOfDifference);
  Value weights = generic(2, 0, {{dim(0), dim(1)}, {dim(1)}, {dim(0), dim(1)}}, {scores, reference},
                          empty({count, lanes}), {1, 0}, 0, expOfDifference);

  // The block's own sums start from zero and join the running ones once: adding single small terms
  // to a long-running sum loses them.
  Value blockSum =
      generic(2, 1, {{dim(1), dim(0)}, {dim(0)}}, {weights}, fill(0.0, {lanes}, {lanes}), {0, 4}, 0,
              [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                return arith::AddFOp::create(builder, l, args[0], args[1]);
              });
  Value sum = generic(1, 0, {{dim(0)}, {dim(0)}, {dim(0)}}, {correction, blockSum}, state.sum,
                      {lanes}, 0, [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                        Value kept = arith::MulFOp::create(builder, l, args[2], args[0]);
                        return arith::AddFOp::create(builder, l, kept, args[1]);
                      });
  Value corrected = generic(2, 0, {{dim(1)}, {dim(0), dim(1)}}, {correction}, state.acc, {}, 0,
                            [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                              return arith::MulFOp::create(builder, l, args[1], args[0]);
                            });
  // acc[d][query] += sum over keys of value[key][d] * weights[key][query]
  Value acc = contraction({{dim(2), dim(0)}, {dim(2), dim(1)}, {dim(0), dim(1)}}, value, weights,
                          corrected, 256);
  return {acc, max, sum};
}

State AttentionTiler::keyLoop(const QueryBlock &block, Value q, State state, Value from, Value to,
                              bool diagonal) {
  Value step = arith::ConstantIndexOp::create(b, loc, schedule.keyBlock);
  auto loop =
      scf::ForOp::create(b, loc, from, to, step, ValueRange{state.acc, state.max, state.sum});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ValueRange carried = loop.getRegionIterArgs();
  State next = keyBlock(block, q, {carried[0], carried[1], carried[2]}, loop.getInductionVar(),
                        schedule.keyBlock, diagonal);
  scf::YieldOp::create(b, loc, ValueRange{next.acc, next.max, next.sum});
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

// The block's rows of the result, [queries][valueDepth], written into `destination` of that shape.
Value AttentionTiler::queryBlock(const QueryBlock &block, Value destination) {
  Value q = transposedQueries(block);
  State state{fill(0.0, {valueDepth, block.lanes}, {1, 0}),
              fill(-std::numeric_limits<double>::infinity(), {block.lanes}, {block.lanes}),
              fill(0.0, {block.lanes}, {block.lanes})};
  int64_t step = schedule.keyBlock;
  int64_t full = keys / step * step;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value fullEnd = arith::ConstantIndexOp::create(b, loc, full);
  if (op.getCausal()) {
    // Blocks before the first query hold kept keys only; those up to the last query are compared
    // key by key; later ones are not visited.
    AffineExpr i = b.getAffineDimExpr(0);
    MLIRContext *context = b.getContext();
    auto bound = [&](AffineExpr expr) {
      SmallVector<AffineExpr> both = {expr, b.getAffineConstantExpr(full)};
      return getValueOrCreateConstantIndexOp(
          b, loc,
          affine::makeComposedFoldedAffineMin(b, loc, AffineMap::get(1, 0, both, context),
                                              {block.first}));
    };
    Value below = bound(i.floorDiv(step) * step);
    Value end = bound((i + block.queries).ceilDiv(step) * step);
    state = keyLoop(block, q, state, zero, below, /*diagonal=*/false);
    state = keyLoop(block, q, state, below, end, /*diagonal=*/true);
  } else if (full) {
    state = keyLoop(block, q, state, zero, fullEnd, /*diagonal=*/false);
  }
  // The keys that fill no block: a multiple of the tile's rows, then the last few.
  int64_t rows = schedule.tile[0], rest = keys - full;
  for (int64_t count : {rest / rows * rows, rest % rows}) {
    if (count)
      state = keyBlock(block, q, state, b.getIndexAttr(full), count, op.getCausal());
    full += count;
  }

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

// `blocks` query blocks of `blockQueries` for every batch and head, from query `firstQuery` on.
Value AttentionTiler::loop(Value destination, OpFoldResult firstQuery, int64_t blocks,
                           int64_t blockQueries) {
  auto forall = scf::ForallOp::create(
      b, loc, getAsIndexOpFoldResult(b.getContext(), {batches, heads, blocks}),
      ValueRange{destination}, std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  AffineExpr i = b.getAffineDimExpr(0), j = b.getAffineDimExpr(1);
  SmallVector<Value> ivs = forall.getInductionVars();
  QueryBlock block;
  block.batch = ivs[0];
  block.head = ivs[1];
  block.kvHead = getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, i.floorDiv(heads / kvHeads), {ivs[1]}));
  block.first =
      affine::makeComposedFoldedAffineApply(b, loc, i * blockQueries + j, {ivs[2], firstQuery});
  block.queries = blockQueries;
  block.lanes = blockQueries == schedule.queryBlock ? blockQueries : llvm::alignTo(blockQueries, 8);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  bool sequenceMajor = op.getResultSequenceMajor();
  SmallVector<OpFoldResult> offsets =
      ordered<OpFoldResult>(sequenceMajor, block.batch, block.head, block.first, zero);
  SmallVector<int64_t> sizes = ordered<int64_t>(sequenceMajor, 1, 1, blockQueries, valueDepth);
  Value rows = slice(forall.getRegionIterArgs()[0], offsets, sizes, {blockQueries, valueDepth});
  Value result = queryBlock(block, rows);
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, result, forall.getRegionIterArgs()[0], offsets,
                                        getAsIndexOpFoldResult(b.getContext(), sizes),
                                        SmallVector<OpFoldResult>(4, one));
  return forall.getResult(0);
}

Value AttentionTiler::lower() {
  Value result = tensor::EmptyOp::create(b, loc, op.getType().getShape(), b.getF32Type());
  int64_t blocks = queries / schedule.queryBlock, rest = queries % schedule.queryBlock;
  if (blocks)
    result = loop(result, b.getIndexAttr(0), blocks, schedule.queryBlock);
  if (rest)
    result = loop(result, b.getIndexAttr(queries - rest), 1, rest);
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
        if (cast<RankedTensorType>(type).getNumElements() == 0) {
          op.emitError("attention over empty tensors is not supported");
          return signalPassFailure();
        }
      Value result = AttentionTiler(op, *schedule).lower();
      op.replaceAllUsesWith(result);
      op.erase();
    }
  }
};
} // namespace
