// scf.forall -> an OpenMP loop, scheduled dynamically.
#include "buddy/Midend/Passes.h"
#include "mlir/Conversion/SCFToOpenMP/SCFToOpenMP.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/Pass/PassManager.h"

namespace buddy {
#define GEN_PASS_DEF_FORALLTOOPENMPPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Threads are not called for a loop that turns out to have no iteration.
static void guardEmptyLoop(RewriterBase &rewriter, scf::ForallOp loop) {
  Location loc = loop.getLoc();
  Value hasWork;
  for (auto [from, to] : llvm::zip_equal(loop.getMixedLowerBound(), loop.getMixedUpperBound())) {
    if (getConstantIntValue(to) && getConstantIntValue(from))
      continue;
    Value less = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::slt,
                                       getValueOrCreateConstantIndexOp(rewriter, loc, from),
                                       getValueOrCreateConstantIndexOp(rewriter, loc, to));
    hasWork = hasWork ? arith::AndIOp::create(rewriter, loc, hasWork, less).getResult() : less;
  }
  if (!hasWork)
    return;
  auto guard = scf::IfOp::create(rewriter, loc, hasWork, /*withElseRegion=*/false);
  rewriter.moveOpBefore(loop, guard.thenYield());
  rewriter.setInsertionPoint(loop);
}

namespace {
struct ForallToOpenMP : buddy::impl::ForallToOpenMPPassBase<ForallToOpenMP> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<scf::ForallOp> loops;
    getOperation().walk([&](scf::ForallOp loop) { loops.push_back(loop); });
    for (scf::ForallOp loop : loops) {
      rewriter.setInsertionPoint(loop);
      guardEmptyLoop(rewriter, loop);
      // One iteration is no work to share.
      std::optional<SmallVector<int64_t>> trips = getConstantIntValues(loop.getMixedUpperBound());
      bool isSingle = trips && llvm::all_of(*trips, [](int64_t count) { return count <= 1; });
      LogicalResult result = isSingle ? scf::forallToForLoop(rewriter, loop)
                                      : scf::forallToParallelLoop(rewriter, loop);
      if (failed(result)) {
        loop.emitError("cannot become a loop");
        return signalPassFailure();
      }
    }
    OpPassManager toOpenMP(ModuleOp::getOperationName());
    toOpenMP.addPass(createConvertSCFToOpenMPPass());
    if (failed(runPipeline(toOpenMP, getOperation())))
      return signalPassFailure();
    // Iterations differ: a causal block near the end has most keys. One at a time, as threads ask.
    getOperation().walk(
        [&](omp::WsloopOp loop) { loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic); });
  }
};
} // namespace
