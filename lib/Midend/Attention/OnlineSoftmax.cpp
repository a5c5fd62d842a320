// One step of the online softmax: a block of queries against a block of keys.
#include "AttentionTiler.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::attention;

// A weight of less than 1.2e-38 of the largest may be 0: it is below the rounding of any sum with
// it.
static Value weightOf(OpBuilder &builder, Location loc, Value difference) {
  return math::ExpOp::create(builder, loc, difference, arith::FastMathFlags::afn);
}

// The part of keep or bias that a block of scores [key][query] reads, without its dimensions of
// size 1, and the map from (key, query) to it.
Value AttentionTiler::maskSlice(Value mask, const QueryBlock &block, OpFoldResult firstKey,
                                int64_t count, SmallVector<AffineExpr> &map) {
  auto type = cast<RankedTensorType>(mask.getType());
  OpFoldResult zero = b.getIndexAttr(0);
  OpFoldResult at[] = {block.batch, block.head, block.first, firstKey};
  int64_t extent[] = {1, 1, block.queries, count};
  SmallVector<OpFoldResult> offsets, present, presentShape;
  SmallVector<int64_t> sizes, shape, partShape;
  bool isPartial = false; // has only the queries that are present
  for (int64_t i = 0; i < type.getRank(); ++i) {
    int64_t position = 4 - type.getRank() + i;
    bool isRead = type.getDimSize(i) != 1;
    offsets.push_back(isRead ? at[position] : zero);
    sizes.push_back(isRead ? extent[position] : 1);
    bool isQueries = isRead && position == 2 && block.present;
    isPartial |= isQueries;
    present.push_back(isQueries ? block.present : OpFoldResult(b.getIndexAttr(sizes.back())));
    if (isRead && position >= 2) {
      shape.push_back(extent[position]);
      partShape.push_back(isQueries ? ShapedType::kDynamic : extent[position]);
      presentShape.push_back(present.back());
      map.push_back(dim(position == 2 ? 1 : 0));
    }
  }
  if (isPartial) {
    SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
    auto part = RankedTensorType::get(partShape, type.getElementType());
    return padded(tensor::ExtractSliceOp::create(b, loc, part, mask, offsets, present, ones),
                  presentShape, shape);
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
          auto exclude = [&](Value kept) {
            score = arith::SelectOp::create(builder, l, kept, score, excluded);
          };
          if (op.getCausal())
            exclude(arith::CmpIOp::create(builder, l, arith::CmpIPredicate::ule, key, query));
          if (std::optional<int64_t> width = window()) {
            Value end = arith::AddIOp::create(builder, l, key,
                                              arith::ConstantIndexOp::create(builder, l, *width));
            exclude(arith::CmpIOp::create(builder, l, arith::CmpIPredicate::ugt, end, query));
          }
        }
        return score;
      });
  return block.queries == block.lanes
             ? result
             : insert(result, scores, {zero, zero}, {count, block.queries});
}

// cap * tanh(scores), in place; the queries were divided by the cap.
Value AttentionTiler::capped(Value scores, int64_t lanes) {
  Value cap = constant(op.getSoftcap()->convertToDouble());
  return generic(2, 0, {{dim(0), dim(1)}}, {}, scores, {1, lanes}, 0,
                 [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
                   Value tanh = math::TanhOp::create(builder, l, args[0]);
                   return arith::MulFOp::create(builder, l, tanh, cap);
                 });
}

// exp(scores - reference), in place, and its sum over keys, in one pass: row by row.
std::pair<Value, Value> AttentionTiler::weightsAndSum(Value scores, Value reference, int64_t count,
                                                      int64_t lanes) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value end = arith::ConstantIndexOp::create(b, loc, count);
  Value step = arith::ConstantIndexOp::create(b, loc, 1);
  auto rows =
      scf::ForOp::create(b, loc, zero, end, step, ValueRange{scores, fill(0.0, {lanes}, {lanes})});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  SmallVector<OpFoldResult> at = {rows.getInductionVar(), b.getIndexAttr(0)};
  Value row = slice(rows.getRegionIterArg(0), at, {1, lanes}, {lanes});
  Value weight = generic(1, 0, {{dim(0)}, {dim(0)}}, {reference}, row, {lanes}, 0,
                         [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                           Value difference = arith::SubFOp::create(builder, l, args[1], args[0]);
                           return weightOf(builder, l, difference);
                         });
  Value sum = generic(1, 0, {{dim(0)}, {dim(0)}}, {weight}, rows.getRegionIterArg(1), {lanes}, 0,
                      [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                        return arith::AddFOp::create(builder, l, args[1], args[0]);
                      });
  Value weights = insert(weight, rows.getRegionIterArg(0), at, {1, lanes});
  scf::YieldOp::create(b, loc, ValueRange{weights, sum});
  return {rows.getResult(0), rows.getResult(1)};
}

// One step of the online softmax over keys [first, first + count).
SoftmaxState AttentionTiler::keyBlock(const QueryBlock &block, Value q, SoftmaxState state,
                                      OpFoldResult first, int64_t count, bool diagonal) {
  OpFoldResult zero = b.getIndexAttr(0);
  int64_t lanes = block.lanes;
  Value key = headRows(op.getKey(), op.getKeySequenceMajor(), block.batch, block.kvHead, first,
                       count, depth);
  Value value = headRows(op.getValue(), op.getValueSequenceMajor(), block.batch, block.kvHead,
                         first, count, valueDepth);
  // scores[key][query] = sum over depth of key[key][d] * q[d][query]
  Value scores = contraction({{dim(0), dim(2)}, {dim(2), dim(1)}, {dim(0), dim(1)}}, key, q,
                             fill(0.0, {count, lanes}, {}), 256);
  if (op.getSoftcap())
    scores = capped(scores, lanes);
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
    return weightOf(builder, l, difference);
  };
  Value correction = generic(1, 0, {{dim(0)}, {dim(0)}, {dim(0)}}, {state.max, reference},
                             empty({lanes}), {lanes}, 0, expOfDifference);
  // The block's own sums start from zero and join the running ones once: adding single small terms
  // to a long-running sum loses them.
  auto [weights, blockSum] = weightsAndSum(scores, reference, count, lanes);
  Value sum = generic(1, 0, {{dim(0)}, {dim(0)}, {dim(0)}}, {correction, blockSum}, state.sum,
                      {lanes}, 0, [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                        return math::FmaOp::create(builder, l, args[2], args[0], args[1]);
                      });
  Value corrected = generic(2, 0, {{dim(1)}, {dim(0), dim(1)}}, {correction}, state.acc, {}, 0,
                            [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                              // With the block's sum it is rounded once.
                              return arith::MulFOp::create(builder, l, args[1], args[0],
                                                           arith::FastMathFlags::contract);
                            });
  // acc[d][query] += sum over keys of value[key][d] * weights[key][query]
  Value acc = contraction({{dim(2), dim(0)}, {dim(2), dim(1)}, {dim(0), dim(1)}}, value, weights,
                          corrected, 256);
  return {acc, max, sum};
}

SoftmaxState AttentionTiler::keyLoop(const QueryBlock &block, Value q, SoftmaxState state,
                                     Value from, Value to, int64_t count, bool diagonal) {
  Value step = arith::ConstantIndexOp::create(b, loc, count);
  auto loop =
      scf::ForOp::create(b, loc, from, to, step, ValueRange{state.acc, state.max, state.sum});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ValueRange carried = loop.getRegionIterArgs();
  SoftmaxState next = keyBlock(block, q, {carried[0], carried[1], carried[2]},
                               loop.getInductionVar(), count, diagonal);
  scf::YieldOp::create(b, loc, ValueRange{next.acc, next.max, next.sum});
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

// Gives each row without a key, whose sum is zero, every key with the weight 1. Blocks without such
// a row visit no key.
SoftmaxState AttentionTiler::meanOfAllKeys(const QueryBlock &block, SoftmaxState state) {
  int64_t lanes = block.lanes;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value none = constant(0);
  OpFoldResult present = block.present ? block.present : b.getIndexAttr(block.queries);
  auto least = scf::ForOp::create(
      b, loc, zero, getValueOrCreateConstantIndexOp(b, loc, present), one,
      ValueRange{constant(std::numeric_limits<double>::infinity())},
      [&](OpBuilder &builder, Location l, Value lane, ValueRange carried) {
        Value sum = tensor::ExtractOp::create(builder, l, state.sum, lane);
        scf::YieldOp::create(builder, l,
                             arith::MinNumFOp::create(builder, l, sum, carried[0]).getResult());
      });
  Value isNeeded =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, least.getResult(0), none);
  Value isEmpty =
      generic(1, 0, {{dim(0)}, {dim(0)}}, {state.sum}, empty({lanes}), {lanes}, 0,
              [](OpBuilder &builder, Location l, ValueRange args) -> Value {
                Value zero = arith::ConstantOp::create(builder, l, builder.getF32FloatAttr(0));
                Value one = arith::ConstantOp::create(builder, l, builder.getF32FloatAttr(1));
                Value none =
                    arith::CmpFOp::create(builder, l, arith::CmpFPredicate::OEQ, args[0], zero);
                return arith::SelectOp::create(builder, l, none, one, zero);
              });
  // Whole blocks, then the keys that fill none: so many at once, or, where each run has another
  // number of them, in eights and ones.
  bool isDynamic = ShapedType::isDynamic(keys);
  int64_t whole = isDynamic ? schedule.keyBlock : std::min(schedule.keyBlock, keys);
  SmallVector<int64_t> counts = {whole};
  if (isDynamic)
    counts.append({8, 1});
  else if (keys % whole)
    counts.push_back(keys % whole);
  Value acc = state.acc;
  OpFoldResult from = b.getIndexAttr(0);
  for (auto [i, count] : llvm::enumerate(counts)) {
    OpFoldResult to = keyCount;
    if (isDynamic || i + 1 < counts.size() || keys % count == 0)
      to =
          affine::makeComposedFoldedAffineApply(b, loc, dim(0).floorDiv(count) * count, {keyCount});
    Value start = getValueOrCreateConstantIndexOp(b, loc, from);
    Value end = arith::SelectOp::create(b, loc, isNeeded,
                                        getValueOrCreateConstantIndexOp(b, loc, to), start);
    auto loop = scf::ForOp::create(b, loc, start, end,
                                   arith::ConstantIndexOp::create(b, loc, count), ValueRange{acc});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value value = headRows(op.getValue(), op.getValueSequenceMajor(), block.batch, block.kvHead,
                           loop.getInductionVar(), count, valueDepth);
    Value weights =
        generic(2, 0, {{dim(1)}, {dim(0), dim(1)}}, {isEmpty}, empty({count, lanes}), {1, 0}, 0,
                [](OpBuilder &, Location, ValueRange args) -> Value { return args[0]; });
    Value next = contraction({{dim(2), dim(0)}, {dim(2), dim(1)}, {dim(0), dim(1)}}, value, weights,
                             loop.getRegionIterArg(0), 256);
    scf::YieldOp::create(b, loc, next);
    acc = loop.getResult(0);
    from = to;
  }
  Value total = arith::IndexCastOp::create(b, loc, b.getI64Type(),
                                           getValueOrCreateConstantIndexOp(b, loc, keyCount));
  total = arith::SIToFPOp::create(b, loc, b.getF32Type(), total);
  Value sum = generic(1, 0, {{dim(0)}, {dim(0)}}, {isEmpty}, state.sum, {lanes}, 0,
                      [&](OpBuilder &builder, Location l, ValueRange args) -> Value {
                        return math::FmaOp::create(builder, l, args[0], total, args[1]);
                      });
  return {acc, state.max, sum};
}
