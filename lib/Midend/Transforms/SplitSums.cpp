// Long sums -> partial sums side by side.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_SPLITSUMSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Sums of no more terms than this are as exact as eager PyTorch's.
static constexpr int64_t kShortSum = 32;

// The loop that `op` sums over in f32, if that is all it reduces.
static std::optional<unsigned> sumLoop(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 1 ||
      !getElementTypeOrSelf(op.getResult(0).getType()).isF32() || succeeded(matchContraction(op)))
    return std::nullopt;
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) || combiners.size() != 1 ||
      !isa<arith::AddFOp>(combiners[0]))
    return std::nullopt;
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  return loops[0];
}

namespace {
struct SplitSums : buddy::impl::SplitSumsPassBase<SplitSums> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> sums;
    getOperation().walk([&](linalg::GenericOp op) {
      if (sumLoop(op))
        sums.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : sums) {
      unsigned loop = *sumLoop(op);
      int64_t terms = op.getStaticLoopRanges()[loop];
      if (terms <= kShortSum)
        continue;
      // About as many partial sums as terms in each of them, in whole vectors.
      int64_t partial = 16;
      while (partial * partial < terms)
        partial *= 2;
      linalg::LinalgOp whole = op;
      if (int64_t rest = terms % partial) {
        rewriter.setInsertionPoint(op);
        auto parts = linalg::splitOp(rewriter, cast<TilingInterface>(op.getOperation()), loop,
                                     rewriter.getIndexAttr(terms - rest));
        whole = dyn_cast_or_null<linalg::LinalgOp>(parts.first.getOperation());
        if (!whole) {
          op.emitError("this sum cannot be split");
          return signalPassFailure();
        }
      }
      rewriter.setInsertionPoint(whole);
      // The partial sums are the last dimension, which lies in vector lanes.
      auto control = [&](linalg::LinalgOp sum) {
        linalg::SplitReductionOptions options;
        options.ratio = partial;
        options.index = sum.getRank(sum.getDpsInitOperand(0));
        options.innerParallel = true;
        return options;
      };
      // What it cannot split (a sum over an index, say) stays one sum.
      (void)linalg::splitReduction(rewriter, whole, control);
    }
  }
};
} // namespace
