// Calls when a thread begins and ends its share of a kernel.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace buddy {
#define GEN_PASS_DEF_MARKTHREADSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// The mark that stands before `op`, in its block or around it, with no other in between.
static LLVM::CallOp markBefore(Operation *op) {
  for (; op && !isa<ModuleOp>(op); op = op->getParentOp())
    for (Operation *before = op->getPrevNode(); before; before = before->getPrevNode()) {
      auto call = dyn_cast<LLVM::CallOp>(before);
      if (!call || !call.getCallee())
        continue;
      if (*call.getCallee() == kKernelBegin)
        return call;
      if (*call.getCallee() == kKernelMark)
        return {};
    }
  return {};
}

namespace {
struct MarkThreads : buddy::impl::MarkThreadsPassBase<MarkThreads> {
  void runOnOperation() override {
    getOperation().walk([](omp::ParallelOp parallel) {
      LLVM::CallOp begin = markBefore(parallel);
      if (!begin || !parallel.getRegion().hasOneBlock())
        return;
      Value token = begin.getResult(), kernel = begin.getArgOperands().front();
      Block &body = parallel.getRegion().front();
      auto mark = [&](OpBuilder b, KernelEvent event) {
        Location loc = parallel.getLoc();
        Value what = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(event)));
        LLVM::CallOp::create(b, loc, TypeRange(), kKernelMark, ValueRange{token, kernel, what});
      };
      // What waits there is the region's end, where all threads meet anyhow.
      for (auto loop : body.getOps<omp::WsloopOp>())
        if (loop == &*std::prev(body.end(), 2))
          loop.setNowait(true);
      mark(OpBuilder::atBlockBegin(&body), KernelEvent::ThreadBegin);
      mark(OpBuilder(body.getTerminator()), KernelEvent::ThreadEnd);
    });
  }
};
} // namespace
