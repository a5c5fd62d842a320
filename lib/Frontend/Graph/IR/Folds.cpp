// Folds of ops and operands that change nothing, and of rearrangements of rearrangements.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace buddy::graph;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto producer = getInput().getDefiningOp<ReshapeOp>()) {
    if (producer.getInput().getType() == getType())
      return producer.getInput();
    getInputMutable().assign(producer.getInput());
    return getResult();
  }
  return {};
}

OpFoldResult PermuteOp::fold(FoldAdaptor) {
  ArrayRef<int64_t> permutation = getPermutation();
  bool identity = true;
  for (auto [i, from] : llvm::enumerate(permutation))
    identity &= int64_t(i) == from;
  if (identity)
    return getInput();
  if (auto producer = getInput().getDefiningOp<PermuteOp>()) {
    SmallVector<int64_t> composed;
    for (int64_t from : permutation)
      composed.push_back(producer.getPermutation()[from]);
    setPermutation(composed);
    getInputMutable().assign(producer.getInput());
    return getResult();
  }
  return {};
}

// A mask that keeps every key says nothing.
LogicalResult AttentionOp::canonicalize(AttentionOp op, PatternRewriter &rewriter) {
  DenseElementsAttr kept;
  if (!op.getKeep() || !matchPattern(op.getKeep(), m_Constant(&kept)) || !kept.isSplat() ||
      !kept.getSplatValue<bool>())
    return rewriter.notifyMatchFailure(op, "no mask that keeps every key");
  rewriter.modifyOpInPlace(op, [&] {
    op.getKeepMutable().clear();
    if (!op.getBias() && !op.getWindow()) // no query is left without a key
      op.setEmptyRows("zero");
  });
  return success();
}
