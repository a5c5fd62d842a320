// Attention of single queries whose heads share keys and values -> the heads are the queries.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace buddy {
#define GEN_PASS_DEF_FOLDQUERYGROUPSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// `value` under another shape of as many elements, by way of [B, H, X]: both shapes have four
// dimensions of which the two in the middle hold H elements.
static Value regroup(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  SmallVector<ReassociationIndices> middle = {{0}, {1, 2}, {3}};
  Value flat = tensor::CollapseShapeOp::create(b, loc, value, middle);
  auto result = RankedTensorType::get(shape, type.getElementType());
  return tensor::ExpandShapeOp::create(b, loc, result, flat, middle);
}

// keep or bias for the regrouped op, whose "queries" are the heads of a group. Its dimension of
// queries has size 1, so only one that differs from head to head must be regrouped.
static Value regroupMask(OpBuilder &b, Location loc, Value mask, int64_t heads, int64_t kvHeads) {
  auto type = mask ? cast<RankedTensorType>(mask.getType()) : RankedTensorType();
  if (!mask || type.getRank() < 3 || type.getDimSize(type.getRank() - 3) == 1)
    return mask;
  if (type.getRank() == 3) {
    SmallVector<ReassociationIndices> front = {{0, 1}, {2}, {3}};
    auto ranked = RankedTensorType::get({1, type.getDimSize(0), 1, type.getDimSize(2)},
                                        type.getElementType());
    mask = tensor::ExpandShapeOp::create(b, loc, ranked, mask, front);
    type = ranked;
  }
  return regroup(b, loc, mask, {type.getDimSize(0), kvHeads, heads / kvHeads, type.getDimSize(3)});
}

static void fold(attn::AttentionOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<int64_t, 4> query = op.queryShape();
  int64_t heads = query[1], kvHeads = op.keyShape()[1];
  auto grouped = [&](int64_t columns) {
    return SmallVector<int64_t>{query[0], kvHeads, heads / kvHeads, columns};
  };
  // A head's one query lies in the same place in both orders.
  Value queries = regroup(b, loc, op.getQuery(), grouped(query[3]));
  Value keep = regroupMask(b, loc, op.getKeep(), heads, kvHeads);
  Value bias = regroupMask(b, loc, op.getBias(), heads, kvHeads);
  auto folded = cast<attn::AttentionOp>(b.clone(*op));
  folded.getQueryMutable().assign(queries);
  folded.setQuerySequenceMajor(false);
  if (keep)
    folded.getKeepMutable().assign(keep);
  if (bias)
    folded.getBiasMutable().assign(bias);
  folded.setResultSequenceMajor(false);
  folded.getResult().setType(
      RankedTensorType::get(grouped(op.valueShape()[3]), op.getType().getElementType()));
  op.replaceAllUsesWith(regroup(b, loc, folded.getResult(), op.getType().getShape()));
  op.erase();
}

namespace {
struct FoldQueryGroups : buddy::impl::FoldQueryGroupsPassBase<FoldQueryGroups> {
  using FoldQueryGroupsPassBase::FoldQueryGroupsPassBase;

  void runOnOperation() override {
    SmallVector<attn::AttentionOp> ops;
    getOperation().walk([&](attn::AttentionOp op) { ops.push_back(op); });
    for (attn::AttentionOp op : ops) {
      // The only key is kept by every query: j = 0 <= i.
      if (op.getCausal() && op.keyShape()[2] == 1)
        op.setCausal(false);
      // Nor does a window exclude keys from the first query: 0 - j < 1 <= window.
      if (op.queryShape()[2] == 1)
        op.removeWindowAttr();
      SmallVector<int64_t, 4> query = op.queryShape(), key = op.keyShape();
      // Folded, a pair of batch and key/value head is one task; a core without a task is worse than
      // keys read twice.
      if (query[2] == 1 && query[1] > key[1] && !op.getCausal() && query[0] * key[1] >= cores)
        fold(op);
    }
  }
};
} // namespace
