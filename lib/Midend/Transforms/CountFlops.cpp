// How much arithmetic the program asks for, for the benchmark's rate.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Sizes.h"
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
    AffineExpr flops = getAffineConstantExpr(0, &getContext());
    unsigned symbols = 0;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      flops = flops + flopsOf(func) * std::max<int64_t>(calls.lookup(func.getName()), 1);
      symbols = std::max<unsigned>(symbols, symbolArguments(func).size());
    }
    if (auto number = dyn_cast<AffineConstantExpr>(flops); number && !symbols)
      getOperation()->setAttr(
          "buddy.flops", IntegerAttr::get(IntegerType::get(&getContext(), 64), number.getValue()));
    else
      getOperation()->setAttr("buddy.flops", AffineMapAttr::get(AffineMap::get(0, symbols, flops)));
  }

  // The product of the sizes as an expression; null if one is none.
  static AffineExpr product(ArrayRef<OpFoldResult> sizes, ArrayRef<BlockArgument> symbols,
                            MLIRContext *context) {
    AffineExpr result = getAffineConstantExpr(1, context);
    for (OpFoldResult size : sizes) {
      AffineExpr factor = sizeExpression(size, symbols, context);
      if (!factor)
        return {};
      result = result * factor;
    }
    return result;
  }

  static AffineExpr flopsOf(func::FuncOp func) {
    MLIRContext *context = func.getContext();
    SmallVector<BlockArgument> symbols = symbolArguments(func);
    AffineExpr flops = getAffineConstantExpr(0, context);
    func.walk([&](Operation *op) {
      OpBuilder b(op);
      if (auto attention = dyn_cast<attn::AttentionOp>(op)) {
        // q k^T and weights v, a multiplication and an addition each; a causal mask leaves half.
        SmallVector<int64_t, 4> q = attention.queryShape(), v = attention.valueShape();
        int64_t keys = attention.getValueSequenceMajor() ? 1 : 2;
        int64_t queries = attention.getQuerySequenceMajor() ? 1 : 2;
        AffineExpr rows =
            product({sizeAlong(b, op->getLoc(), attention.getQuery(), 0), b.getIndexAttr(q[1]),
                     sizeAlong(b, op->getLoc(), attention.getQuery(), queries)},
                    symbols, context);
        AffineExpr seen = sizeExpression(sizeAlong(b, op->getLoc(), attention.getValue(), keys),
                                         symbols, context);
        if (!rows || !seen)
          return;
        // A causal mask leaves half of the keys (q + v is even), a window at most its width.
        int64_t each = 2 * (q[3] + v[3]) / (attention.getCausal() ? 2 : 1);
        if (auto window = attention.getWindow())
          if (int64_t width = *window * (attention.getCausal() ? 2 : 1);
              ShapedType::isDynamic(v[2]) || width < v[2])
            seen = getAffineConstantExpr(width, context);
        flops = flops + rows * seen * each;
      } else if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        if (failed(matchContraction(generic)))
          return;
        SmallVector<OpFoldResult> extents = loopExtents(b, generic);
        bool isKnown = llvm::all_of(extents, [](OpFoldResult extent) { return bool(extent); });
        if (AffineExpr terms = isKnown ? product(extents, symbols, context) : AffineExpr())
          flops = flops + terms * 2;
      }
    });
    return flops;
  }
};
} // namespace
