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

// Whether `value` asks if a dynamic size is 1, as upstream's lowering of TOSA does before it
// repeats an operand along that dimension.
static bool asksForOne(Value value) {
  auto compare = value.getDefiningOp<arith::CmpIOp>();
  return compare && compare.getPredicate() == arith::CmpIPredicate::eq &&
         compare.getLhs().getDefiningOp<tensor::DimOp>() && isConstantIntValue(compare.getRhs(), 1);
}

namespace {
struct ResolveSizes : buddy::impl::ResolveSizesPassBase<ResolveSizes> {
  void runOnOperation() override {
    // Operands that are broadcast against each other have equal sizes where both are dynamic: what
    // would be repeated has one element of one, and is itself.
    SmallVector<scf::IfOp> questions;
    getOperation().walk([&](scf::IfOp op) {
      bool isPlain =
          op.getNumResults() == 1 && !op.getElseRegion().empty() &&
          op.elseYield().getOperand(0).getParentRegion()->isProperAncestor(&op.getElseRegion());
      if (isPlain && asksForOne(op.getCondition()))
        questions.push_back(op);
    });
    for (scf::IfOp op : questions) {
      Value kept = op.elseYield().getOperand(0);
      OpBuilder b(op);
      if (kept.getType() != op.getResult(0).getType())
        kept = tensor::CastOp::create(b, op.getLoc(), op.getResult(0).getType(), kept);
      op.getResult(0).replaceAllUsesWith(kept);
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
  }
};
} // namespace
