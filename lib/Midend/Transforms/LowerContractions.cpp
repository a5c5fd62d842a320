// Vector contractions and reductions -> multiply-adds on registers.
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"

namespace buddy {
#define GEN_PASS_DEF_LOWERCONTRACTIONSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// A product that is marked `contract` and only added to something is rounded once, with the sum.
// The mark has gone then: what is left to LLVM is fused nowhere.
static void fuseMarkedProducts(Operation *root) {
  SmallVector<arith::MulFOp> products;
  root->walk([&](arith::MulFOp product) {
    if (bitEnumContainsAll(product.getFastmath(), arith::FastMathFlags::contract))
      products.push_back(product);
  });
  for (arith::MulFOp product : products) {
    product.setFastmath(arith::FastMathFlags::none);
    auto sum =
        product->hasOneUse() ? dyn_cast<arith::AddFOp>(*product->user_begin()) : arith::AddFOp();
    if (!sum)
      continue;
    OpBuilder builder(sum);
    Value other = sum.getLhs() == product ? sum.getRhs() : sum.getLhs();
    sum.replaceAllUsesWith(
        math::FmaOp::create(builder, sum.getLoc(), product.getLhs(), product.getRhs(), other)
            .getResult());
    sum.erase();
    product.erase();
  }
}

namespace {
struct LowerContractions : buddy::impl::LowerContractionsPassBase<LowerContractions> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    vector::populateVectorContractLoweringPatterns(patterns,
                                                   vector::VectorContractLowering::OuterProduct);
    vector::populateVectorOuterProductLoweringPatterns(patterns);
    vector::populateVectorMultiReductionLoweringPatterns(
        patterns, vector::VectorMultiReductionLowering::InnerParallel);
    vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      return signalPassFailure();
    fuseMarkedProducts(getOperation());
  }
};
} // namespace
