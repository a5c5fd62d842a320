// Builds what attn.attention becomes under a schedule.
#pragma once

#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace buddy::attention {

using namespace mlir;

// What a query block carries from key block to key block.
struct SoftmaxState {
  Value acc; // [Dv][queries]: sum of exp(score - max) * value
  Value max; // [queries]: largest score so far
  Value sum; // [queries]: sum of exp(score - max)
};

// Where a query block is.
struct QueryBlock {
  Value batch, head, kvHead; // index
  OpFoldResult first;        // its first query
  int64_t queries;           // how many, at most
  int64_t lanes;             // how many lanes hold them: queries, rounded up for a last short block
  // How many there really are, where each run has another number of them (they are queries at
  // most); null for all. The lanes beyond them compute what nobody reads.
  OpFoldResult present;
};

class AttentionTiler {
public:
  AttentionTiler(attn::AttentionOp op, const AttentionSchedule &schedule)
      : op(op), schedule(schedule), b(op), loc(op.getLoc()), batches(op.queryShape()[0]),
        heads(op.queryShape()[1]), kvHeads(op.keyShape()[1]), queries(op.queryShape()[2]),
        keys(op.keyShape()[2]), depth(op.queryShape()[3]), valueDepth(op.valueShape()[3]),
        batchCount(sizeAlong(b, loc, op.getQuery(), 0)),
        queryCount(sizeAlong(b, loc, op.getQuery(), op.getQuerySequenceMajor() ? 1 : 2)),
        keyCount(sizeAlong(b, loc, op.getKey(), op.getKeySequenceMajor() ? 1 : 2)) {}

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
  // The same for as many rows as a run has, in a tensor of `count` rows; zeros after them.
  Value presentRows(Value tensor, bool sequenceMajor, const QueryBlock &block, int64_t columns);
  // `part`, of the given sizes, at the beginning of a tensor of `shape` that is zero elsewhere.
  Value padded(Value part, ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> shape);
  Value insert(Value source, Value into, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes);

  Value loop(Value destination, OpFoldResult firstQuery, OpFoldResult blocks, int64_t blockQueries,
             OpFoldResult present);
  Value queryBlock(const QueryBlock &block, Value destination);
  SoftmaxState keyBlocks(const QueryBlock &block, Value q, SoftmaxState state);
  SoftmaxState windowedBlocks(const QueryBlock &block, Value q, SoftmaxState state);
  SoftmaxState lastKeys(const QueryBlock &block, Value q, SoftmaxState state);
  Value least(ArrayRef<AffineExpr> exprs, ArrayRef<OpFoldResult> operands);
  Value greatest(ArrayRef<AffineExpr> exprs, ArrayRef<OpFoldResult> operands);
  AffineExpr constantExpr(int64_t value) { return b.getAffineConstantExpr(value); }
  // Whether some keys are excluded by their position.
  bool isMasked() { return op.getCausal() || window(); }
  // How many keys lie in whole blocks of the finest kind that is used, of `count` keys.
  AffineExpr wholeBlocks(AffineExpr count) {
    int64_t finest = isMasked() ? schedule.diagonalBlock : schedule.keyBlock;
    return count.floorDiv(finest) * finest;
  }
  Value capped(Value scores, int64_t lanes);
  Value transposedQueries(const QueryBlock &block);
  SoftmaxState keyLoop(const QueryBlock &block, Value q, SoftmaxState state, Value from, Value to,
                       int64_t count, bool diagonal);
  SoftmaxState keyBlock(const QueryBlock &block, Value q, SoftmaxState state, OpFoldResult first,
                        int64_t count, bool diagonal);
  SoftmaxState meanOfAllKeys(const QueryBlock &block, SoftmaxState state);
  std::pair<Value, Value> weightsAndSum(Value scores, Value reference, int64_t count,
                                        int64_t lanes);
  Value masked(const QueryBlock &block, Value scores, OpFoldResult firstKey, int64_t count,
               bool diagonal);
  Value maskSlice(Value mask, const QueryBlock &block, OpFoldResult firstKey, int64_t count,
                  SmallVector<AffineExpr> &map);
  // Whether a query can be without any key, so that its maximum is -inf.
  bool hasEmptyRows() { return op.getKeep() || op.getBias() || window(); }
  // What excludes keys at the beginning; nothing if no query is so far behind.
  std::optional<int64_t> window() {
    if (op.getWindow() && (ShapedType::isDynamic(queries) || int64_t(*op.getWindow()) < queries))
      return int64_t(*op.getWindow());
    return std::nullopt;
  }

  attn::AttentionOp op;
  AttentionSchedule schedule;
  OpBuilder b;
  Location loc;
  // kDynamic where each run chooses; the counts are what it chooses.
  int64_t batches, heads, kvHeads, queries, keys, depth, valueDepth;
  OpFoldResult batchCount, queryCount, keyCount;
};
// The order of batch, head, row, column in a tensor that may be sequence-major.
template <typename T> SmallVector<T> ordered(bool sequenceMajor, T batch, T head, T row, T column) {
  return sequenceMajor ? SmallVector<T>{batch, row, head, column}
                       : SmallVector<T>{batch, head, row, column};
}

} // namespace buddy::attention
