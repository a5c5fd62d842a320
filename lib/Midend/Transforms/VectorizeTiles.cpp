// Vectorizes marked tiles on tensors and carries their accumulators through loops as vectors.
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Vectorize.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace buddy {
#define GEN_PASS_DEF_VECTORIZETILESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

void buddy::markForVectorization(Operation *op) {
  op->setAttr(kVectorizeAttr, UnitAttr::get(op->getContext()));
}

static void addCanonicalization(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op : context->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, context);
}

namespace {
struct VectorizeTiles : buddy::impl::VectorizeTilesPassBase<VectorizeTiles> {
  // Applies what `populate` adds, then removes common subexpressions.
  LogicalResult apply(llvm::function_ref<void(RewritePatternSet &)> populate, bool cse = true) {
    RewritePatternSet patterns(&getContext());
    populate(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      return failure();
    if (cse) {
      IRRewriter rewriter(&getContext());
      DominanceInfo dominance(getOperation());
      eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    }
    return success();
  }

  LogicalResult vectorizeMarked() {
    SmallVector<linalg::LinalgOp> tiles;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op->hasAttr(kVectorizeAttr))
        tiles.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : tiles) {
      op->removeAttr(kVectorizeAttr);
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::VectorizationResult> result = linalg::vectorize(rewriter, op);
      if (failed(result))
        return op->emitError("this tile cannot be vectorized");
      rewriter.replaceOp(op, result->replacements);
    }
    return success();
  }

  void runOnOperation() override {
    if (failed(apply(addCanonicalization)) || failed(vectorizeMarked()))
      return signalPassFailure();
    // Before any canonicalization: it would turn the sum over a reduction of one step into a shape
    // cast and an addition, and no contraction would be formed.
    auto formContractions = [](RewritePatternSet &patterns) {
      vector::populateVectorReductionToContractPatterns(patterns);
      vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
    };
    auto foldIntoTransfers = [](RewritePatternSet &patterns) {
      addCanonicalization(patterns);
      vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
      tensor::populateFoldTensorSubsetIntoVectorTransferPatterns(patterns);
    };
    if (failed(apply(formContractions, /*cse=*/false)) || failed(apply(foldIntoTransfers)))
      return signalPassFailure();

    // Accumulators: a tile read and written by every iteration becomes a vector the loop carries.
    IRRewriter rewriter(&getContext());
    SmallVector<LoopLikeOpInterface> loops; // inner before outer
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (LoopLikeOpInterface loop : loops)
      hoistLoopInvariantSubsets(rewriter, loop);
    auto dropUnits = [](RewritePatternSet &patterns) {
      addCanonicalization(patterns);
      vector::populateCastAwayVectorLeadingOneDimPatterns(patterns);
    };
    if (failed(apply(dropUnits)))
      return signalPassFailure();
    for (LoopLikeOpInterface loop : loopsOfElements())
      moveLoopInvariantCode(loop);
  }

  // Innermost loops without a contraction: what one row needs once (a mean's quotient, a norm's
  // root) is computed once. In others the registers are planned: all that is loaded there is used
  // at once.
  SmallVector<LoopLikeOpInterface> loopsOfElements() {
    SmallVector<LoopLikeOpInterface> loops;
    getOperation().walk([&](scf::ForOp loop) {
      bool isPlanned = llvm::any_of(*loop.getBody(), [](Operation &op) {
        return isa<vector::ContractionOp>(op) || (op.getNumRegions() && !isa<vector::MaskOp>(op));
      });
      if (!isPlanned)
        loops.push_back(loop);
    });
    return loops;
  }
};
} // namespace
