// Sizes of tensors -> the function's symbols.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace buddy {
#define GEN_PASS_DEF_RESOLVESIZESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Whether `value` asks if a size is 1, as upstream's lowering of TOSA does before it repeats an
// operand along a dynamic dimension.
static bool asksForOne(Value value) {
  auto compare = value.getDefiningOp<arith::CmpIOp>();
  return compare && compare.getPredicate() == arith::CmpIPredicate::eq &&
         compare.getLhs().getType().isIndex() && isConstantIntValue(compare.getRhs(), 1);
}

// Whether every result of `op` that is not repeated is a tensor from outside: such questions with
// one condition may have been merged.
static bool keepsOperands(scf::IfOp op) {
  return op.getNumResults() > 0 && !op.getElseRegion().empty() &&
         llvm::all_of(op.elseYield().getOperands(), [&](Value kept) {
           return isa<RankedTensorType>(kept.getType()) &&
                  kept.getParentRegion()->isProperAncestor(&op.getElseRegion());
         });
}

namespace {
struct ResolveSizes : buddy::impl::ResolveSizesPassBase<ResolveSizes> {
  void runOnOperation() override {
    // Operands that are broadcast against each other have equal sizes where both are dynamic: what
    // would be repeated has one element of one, and is itself.
    SmallVector<scf::IfOp> questions;
    getOperation().walk([&](scf::IfOp op) {
      if (keepsOperands(op) && asksForOne(op.getCondition()))
        questions.push_back(op);
    });
    for (scf::IfOp op : questions) {
      OpBuilder b(op);
      for (auto [result, kept] : llvm::zip_equal(op.getResults(), op.elseYield().getOperands())) {
        if (kept.getType() != result.getType())
          kept = tensor::CastOp::create(b, op.getLoc(), result.getType(), kept);
        result.replaceAllUsesWith(kept);
      }
      op.erase();
    }
    SmallVector<tensor::DimOp> dims;
    getOperation().walk([&](tensor::DimOp dim) { dims.push_back(dim); });
    for (tensor::DimOp dim : dims) {
      std::optional<int64_t> index = dim.getConstantIndex();
      auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
      if (!index || !type || *index < 0 || *index >= type.getRank())
        continue;
      OpBuilder b(dim);
      OpFoldResult size = sizeAlong(b, dim.getLoc(), dim.getSource(), *index);
      dim.replaceAllUsesWith(getValueOrCreateConstantIndexOp(b, dim.getLoc(), size));
      dim.erase();
    }
    // For the same reason the larger of two sizes, which upstream takes for the result's, is
    // either.
    SmallVector<arith::MaxUIOp> larger;
    getOperation().walk([&](arith::MaxUIOp op) {
      if (op.getType().isIndex())
        larger.push_back(op);
    });
    for (arith::MaxUIOp op : larger) {
      op.replaceAllUsesWith(isConstantIntValue(op.getLhs(), 1) ? op.getRhs() : op.getLhs());
      op.erase();
    }
  }
};
} // namespace
