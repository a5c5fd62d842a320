// Long chains of writes to one tensor -> pieces that bufferization looks at one by one.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace buddy {
#define GEN_PASS_DEF_CUTWRITECHAINSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Long enough for all that is not written again and again, and short: the analysis takes the cube
// of it for each write.
static constexpr int64_t kLongestChain = 16;

// The operand in whose memory `result` may lie, and whether it is written there; null if in none.
static std::pair<Value, bool> memoryOf(OpResult result) {
  Operation *op = result.getOwner();
  if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(
          op))
    return {op->getOperand(0), false};
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return {insert.getDest(), true};
  if (auto insert = dyn_cast<tensor::InsertOp>(op))
    return {insert.getDest(), true};
  if (auto styled = dyn_cast<DestinationStyleOpInterface>(op))
    return {styled.getTiedOpOperand(result)->get(), true};
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    if (OpOperand *init = loop.getTiedLoopInit(result))
      return {init->get(), true};
  return {Value(), false};
}

namespace {
struct CutWriteChains : buddy::impl::CutWriteChainsPassBase<CutWriteChains> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    DenseMap<Value, int64_t> writes; // to the memory of a tensor, since the chain's beginning
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front())) {
      for (OpResult result : op.getResults()) {
        auto type = dyn_cast<RankedTensorType>(result.getType());
        auto [memory, isWritten] = type ? memoryOf(result) : std::pair(Value(), false);
        if (!memory)
          continue;
        int64_t count = writes.lookup(memory) + isWritten;
        writes[result] = count;
        if (count < kLongestChain || !isWritten)
          continue;
        // As if anybody might write from here on, so what is read of the chain later is copied
        // first.
        OpBuilder b(&getContext());
        b.setInsertionPointAfter(&op);
        auto buffer = bufferization::ToBufferOp::create(
            b, op.getLoc(), MemRefType::get(type.getShape(), type.getElementType()), result);
        Value next = bufferization::ToTensorOp::create(b, op.getLoc(), type, buffer,
                                                       /*restrict=*/true, /*writable=*/true);
        result.replaceAllUsesExcept(next, buffer);
        writes[next] = 0;
      }
    }
  }
};
} // namespace
