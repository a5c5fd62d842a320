// Transfers, transposes and shape casts -> loads, stores and shuffles of single registers.
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"

namespace buddy {
#define GEN_PASS_DEF_LOWERVECTORSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct LowerVectors : buddy::impl::LowerVectorsPassBase<LowerVectors> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
    vector::populateVectorTransposeLoweringPatterns(patterns,
                                                    vector::VectorTransposeLowering::Shuffle16x16);
    vector::populateVectorTransferLoweringPatterns(patterns, /*maxTransferRank=*/1);
    vector::populateVectorShapeCastLoweringPatterns(patterns);
    vector::TransferReadOp::getCanonicalizationPatterns(patterns, context);
    vector::TransferWriteOp::getCanonicalizationPatterns(patterns, context);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      return signalPassFailure();
    // Transfers of several rows: unrolled, so that no loop and no second block appears inside a
    // parallel region.
    RewritePatternSet unroll(context);
    VectorTransferToSCFOptions options;
    options.enableFullUnroll();
    populateVectorToSCFConversionPatterns(unroll, options);
    if (failed(rewriteToFixpoint(getOperation(), std::move(unroll))))
      signalPassFailure();
  }
};
} // namespace
