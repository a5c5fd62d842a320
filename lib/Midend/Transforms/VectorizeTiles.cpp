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
    giveWritesFullRank();
  }

  // Bufferization takes a write for one of the whole tensor if each size of the vector is no less
  // than that of the tensor, and pairs them from the front also where the vector has fewer (MLIR
  // 22): of a vector<8> at the front of a tensor<1x2x8> it would lose the other row. The vectors of
  // such writes get the leading ones that they lack.
  void giveWritesFullRank() {
    SmallVector<vector::TransferWriteOp> writes;
    getOperation().walk([&](vector::TransferWriteOp write) {
      auto tensor = dyn_cast<RankedTensorType>(write.getShapedType());
      VectorType vector = write.getVectorType();
      if (tensor && tensor.hasStaticShape() && vector.getRank() < tensor.getRank() &&
          vector.getNumElements() < tensor.getNumElements() && !write.getMask() &&
          write.getPermutationMap().isMinorIdentity() &&
          llvm::all_of(write.getIndices(), isZeroInteger) &&
          llvm::all_of(llvm::zip(tensor.getShape(), vector.getShape()),
                       [](auto sizes) { return std::get<0>(sizes) <= std::get<1>(sizes); }))
        writes.push_back(write);
    });
    IRRewriter rewriter(&getContext());
    for (vector::TransferWriteOp write : writes) {
      rewriter.setInsertionPoint(write);
      VectorType vector = write.getVectorType();
      int64_t rank = write.getShapedType().getRank(), missing = rank - vector.getRank();
      SmallVector<int64_t> shape(missing, 1);
      llvm::append_range(shape, vector.getShape());
      SmallVector<bool> inBounds(missing, true);
      llvm::append_range(inBounds, write.getInBoundsValues());
      Value full = vector::ShapeCastOp::create(rewriter, write.getLoc(),
                                               VectorType::get(shape, vector.getElementType()),
                                               write.getValueToStore());
      rewriter.replaceOpWithNewOp<vector::TransferWriteOp>(
          write, write.getShapedType(), full, write.getBase(), write.getIndices(),
          AffineMapAttr::get(rewriter.getMultiDimIdentityMap(rank)), Value(),
          rewriter.getBoolArrayAttr(inBounds));
    }
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
