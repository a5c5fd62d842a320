// Unit dimensions, transposes and bias become part of the contraction.
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"

namespace buddy {
#define GEN_PASS_DEF_FOLDINTOCONTRACTIONSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Whether the op only moves elements: its body yields an argument.
static bool movesDataOnly(linalg::GenericOp op) {
  return llvm::hasSingleElement(*op.getBody()) && op.getNumDpsInputs() == 1 &&
         op.getBody()->getTerminator()->getOperand(0) == op.getBody()->getArgument(0);
}

static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  // A producer with several readers would be computed once for each.
  if (!producer || !consumer || !producer->hasOneUse())
    return false;
  // Anything but a transpose would be computed again for every use of an element.
  if (succeeded(matchContraction(consumer)))
    return movesDataOnly(producer) && isa<RankedTensorType>(producer.getDpsInputs()[0].getType());
  return true;
}

namespace {
// A nest without a reduction that reads what it starts from, as a product does whose inner loop had
// one step: reads it as an input. The fusions move the body of such a nest into one of more loops,
// where it would go on from what it has just written.
struct ReadInitAsInput : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0)
      return rewriter.notifyMatchFailure(op, "a reduction, or not on tensors");
    for (OpOperand &operand : op.getDpsInitsMutable()) {
      if (!op.payloadUsesValueFromOperand(&operand))
        continue;
      Value init = operand.get(), filled = filledWith(init);
      Location loc = op.getLoc();
      rewriter.setInsertionPoint(op);
      Value empty = tensor::EmptyOp::create(rewriter, loc, sizesOf(rewriter, loc, init),
                                            getElementTypeOrSelf(init.getType()));
      rewriter.modifyOpInPlace(op, [&] {
        BlockArgument argument = op.getMatchingBlockArgument(&operand);
        SmallVector<AffineMap> maps = op.getIndexingMapsArray();
        AffineMap map = op.getMatchingIndexingMap(&operand);
        operand.set(empty);
        if (filled) {
          argument.replaceAllUsesWith(filled);
          return;
        }
        unsigned at = op.getNumDpsInputs();
        maps.insert(maps.begin() + at, map);
        op.getInputsMutable().append(init);
        op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
        argument.replaceAllUsesWith(
            op.getBody()->insertArgument(at, argument.getType(), argument.getLoc()));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "reads only its inputs");
  }
};

// add(contraction(a, b, zeros), broadcast x) -> contraction(a, b, broadcast x)
struct FoldAddIntoInit : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp add, PatternRewriter &rewriter) const override {
    if (add.getNumDpsInputs() != 2 || add.getNumDpsInits() != 1 ||
        add.getNumParallelLoops() != add.getNumLoops() ||
        add.getBody()->getOperations().size() != 2)
      return rewriter.notifyMatchFailure(add, "not an elementwise op of one operation");
    auto body = dyn_cast<arith::AddFOp>(add.getBody()->front());
    auto isArg = [&](Value value, unsigned i) { return value == add.getBody()->getArgument(i); };
    if (!body || !((isArg(body.getLhs(), 0) && isArg(body.getRhs(), 1)) ||
                   (isArg(body.getLhs(), 1) && isArg(body.getRhs(), 0))))
      return rewriter.notifyMatchFailure(add, "not a sum of the two inputs");
    for (unsigned i : {0u, 1u}) {
      OpOperand *sum = add.getDpsInputOperand(i), *other = add.getDpsInputOperand(1 - i);
      auto contraction = sum->get().getDefiningOp<linalg::GenericOp>();
      if (!contraction || !contraction->hasOneUse() || failed(matchContraction(contraction)) ||
          !isZeroFill(contraction.getDpsInits()[0]))
        continue;
      AffineMap sumMap = add.getMatchingIndexingMap(sum);
      AffineMap resultMap = add.getMatchingIndexingMap(add.getDpsInitOperand(0));
      AffineMap otherMap = add.getMatchingIndexingMap(other);
      if (sumMap != resultMap || !sumMap.isIdentity() || sum->get().getType() != add.getType(0))
        continue;
      // The value added must be there before the contraction: it becomes its start.
      if (Operation *definition = other->get().getDefiningOp())
        if (definition->getBlock() != contraction->getBlock() ||
            !definition->isBeforeInBlock(contraction))
          continue;
      rewriter.setInsertionPoint(contraction);
      Value empty = tensor::EmptyOp::create(
          rewriter, add.getLoc(), sizesOf(rewriter, add.getLoc(), contraction.getDpsInits()[0]),
          rewriter.getF32Type());
      SmallVector<AffineMap> maps = {otherMap, resultMap};
      auto start = linalg::GenericOp::create(rewriter, add.getLoc(), TypeRange{add.getType(0)},
                                             ValueRange{other->get()}, ValueRange{empty}, maps,
                                             add.getIteratorTypesArray(),
                                             [](OpBuilder &b, Location l, ValueRange args) {
                                               linalg::YieldOp::create(b, l, args[0]);
                                             });
      rewriter.modifyOpInPlace(
          contraction, [&] { contraction.getDpsInitsMutable().assign(start.getResult(0)); });
      rewriter.replaceOp(add, contraction.getResult(0));
      return success();
    }
    return rewriter.notifyMatchFailure(add, "no zero-started contraction with one use");
  }
};

struct FoldIntoContractions : buddy::impl::FoldIntoContractionsPassBase<FoldIntoContractions> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet generalize(context);
    linalg::populateLinalgNamedOpsGeneralizationPatterns(generalize);
    linalg::ControlDropUnitDims dropUnits;
    linalg::populateFoldUnitExtentDimsPatterns(generalize, dropUnits);
    generalize.add<ReadInitAsInput>(context);
    if (failed(rewriteToFixpoint(getOperation(), std::move(generalize))))
      return signalPassFailure();

    RewritePatternSet fuse(context);
    linalg::populateElementwiseOpsFusionPatterns(fuse, shouldFuse);
    tensor::populateReassociativeReshapeFoldingPatterns(fuse);
    fuse.add<FoldAddIntoInit>(context);
    linalg::GenericOp::getCanonicalizationPatterns(fuse, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(fuse, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(fuse, context);
    if (failed(rewriteToFixpoint(getOperation(), std::move(fuse))))
      return signalPassFailure();
  }
};
} // namespace
