// How much arithmetic the program asks for, for the benchmark's rate.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace buddy {
#define GEN_PASS_DEF_COUNTFLOPSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct CountFlops : buddy::impl::CountFlopsPassBase<CountFlops> {
  void runOnOperation() override {
    // A subgraph counts once for each of its calls; only @forward, if there is one, calls.
    llvm::StringMap<int64_t> calls;
    getOperation().walk([&](func::CallOp call) { ++calls[call.getCallee()]; });
    int64_t flops = 0;
    for (auto func : getOperation().getOps<func::FuncOp>())
      flops += flopsOf(func) * std::max<int64_t>(calls.lookup(func.getName()), 1);
    getOperation()->setAttr("buddy.flops",
                            IntegerAttr::get(IntegerType::get(&getContext(), 64), flops));
  }

  static int64_t flopsOf(func::FuncOp func) {
    int64_t flops = 0;
    func.walk([&](Operation *op) {
      if (auto attention = dyn_cast<attn::AttentionOp>(op)) {
        // q k^T and weights v, a multiplication and an addition each; a causal mask leaves half.
        SmallVector<int64_t, 4> q = attention.queryShape(), v = attention.valueShape();
        // A window leaves at most its width of each row.
        int64_t rows = q[0] * q[1] * q[2], each = 2 * (q[3] + v[3]);
        int64_t work = rows * v[2] * each / (attention.getCausal() ? 2 : 1);
        if (attention.getWindow())
          work = std::min(work, rows * int64_t(*attention.getWindow()) * each);
        flops += work;
      } else if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        if (failed(matchContraction(generic)))
          return;
        int64_t terms = 1;
        for (int64_t extent : generic.getStaticLoopRanges())
          terms *= extent;
        flops += 2 * terms;
      }
    });
    return flops;
  }
};
} // namespace
