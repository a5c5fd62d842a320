// How much arithmetic the program asks for, for the benchmark's rate.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Flops.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace buddy {
#define GEN_PASS_DEF_COUNTFLOPSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// The product of the sizes as an expression; null if one is none.
static AffineExpr product(ArrayRef<OpFoldResult> sizes, ArrayRef<BlockArgument> symbols,
                          MLIRContext *context) {
  AffineExpr result = getAffineConstantExpr(1, context);
  for (OpFoldResult size : sizes) {
    AffineExpr factor = size ? sizeExpression(size, symbols, context) : AffineExpr();
    if (!factor)
      return {};
    result = result * factor;
  }
  return result;
}

// q k^T and weights v, a multiplication and an addition each.
static AffineExpr flopsOf(attn::AttentionOp attention, ArrayRef<BlockArgument> symbols) {
  MLIRContext *context = attention.getContext();
  OpBuilder b(attention);
  SmallVector<int64_t, 4> q = attention.queryShape(), v = attention.valueShape();
  int64_t keys = attention.getValueSequenceMajor() ? 1 : 2;
  int64_t queries = attention.getQuerySequenceMajor() ? 1 : 2;
  auto along = [&](Value tensor, int64_t dim) {
    return sizeAlong(b, attention.getLoc(), tensor, dim);
  };
  AffineExpr rows = product(
      {along(attention.getQuery(), 0), b.getIndexAttr(q[1]), along(attention.getQuery(), queries)},
      symbols, context);
  AffineExpr seen = sizeExpression(along(attention.getValue(), keys), symbols, context);
  if (!rows || !seen)
    return {};
  // A causal mask leaves half of the keys (q + v is even), a window at most its width.
  int64_t each = 2 * (q[3] + v[3]) / (attention.getCausal() ? 2 : 1);
  if (auto window = attention.getWindow())
    if (int64_t width = *window * (attention.getCausal() ? 2 : 1);
        ShapedType::isDynamic(v[2]) || width < v[2])
      seen = getAffineConstantExpr(width, context);
  return rows * seen * each;
}

AffineExpr buddy::flopsOf(Operation *op, ArrayRef<BlockArgument> symbols) {
  MLIRContext *context = op->getContext();
  AffineExpr flops;
  if (auto attention = dyn_cast<attn::AttentionOp>(op)) {
    flops = ::flopsOf(attention, symbols);
  } else if (auto generic = dyn_cast<linalg::GenericOp>(op);
             generic && succeeded(matchContraction(generic))) {
    OpBuilder b(op);
    if (AffineExpr terms = product(loopExtents(b, generic), symbols, context))
      flops = terms * 2;
  }
  return flops ? flops : getAffineConstantExpr(0, context);
}

Attribute buddy::flopsAttribute(AffineExpr flops, unsigned numSymbols) {
  if (auto number = dyn_cast<AffineConstantExpr>(flops); number && !numSymbols)
    return IntegerAttr::get(IntegerType::get(flops.getContext(), 64), number.getValue());
  return AffineMapAttr::get(AffineMap::get(0, numSymbols, flops));
}

namespace {
struct CountFlops : buddy::impl::CountFlopsPassBase<CountFlops> {
  void runOnOperation() override {
    // A subgraph counts once for each of its calls; only @forward, if there is one, calls.
    llvm::StringMap<int64_t> calls;
    getOperation().walk([&](func::CallOp call) { ++calls[call.getCallee()]; });
    AffineExpr flops = getAffineConstantExpr(0, &getContext());
    unsigned numSymbols = 0;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      SmallVector<BlockArgument> symbols = symbolArguments(func);
      numSymbols = std::max<unsigned>(numSymbols, symbols.size());
      int64_t times = std::max<int64_t>(calls.lookup(func.getName()), 1);
      func.walk([&](Operation *op) { flops = flops + buddy::flopsOf(op, symbols) * times; });
    }
    getOperation()->setAttr("buddy.flops", flopsAttribute(flops, numSymbols));
  }
};
} // namespace
