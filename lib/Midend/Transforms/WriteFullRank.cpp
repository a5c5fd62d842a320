// Vectors that are written to the front of a tensor of higher rank -> vectors of its rank.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace buddy {
#define GEN_PASS_DEF_WRITEFULLRANKPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Whether bufferization would take `write` for one of the whole tensor, which it is not.
static bool isMistaken(vector::TransferWriteOp write) {
  auto tensor = dyn_cast<RankedTensorType>(write.getShapedType());
  VectorType vector = write.getVectorType();
  return tensor && tensor.hasStaticShape() && vector.getRank() < tensor.getRank() &&
         vector.getNumElements() < tensor.getNumElements() && !write.getMask() &&
         write.getPermutationMap().isMinorIdentity() &&
         llvm::all_of(write.getIndices(), isZeroInteger) &&
         llvm::all_of(
             llvm::zip(tensor.getShape(), vector.getShape()),
             [](auto sizes) { return std::get<0>(sizes) <= std::get<1>(sizes); });
}

namespace {
struct WriteFullRank : buddy::impl::WriteFullRankPassBase<WriteFullRank> {
  void runOnOperation() override {
    SmallVector<vector::TransferWriteOp> writes;
    getOperation().walk([&](vector::TransferWriteOp write) {
      if (isMistaken(write))
        writes.push_back(write);
    });
    IRRewriter rewriter(&getContext());
    for (vector::TransferWriteOp write : writes) {
      rewriter.setInsertionPoint(write);
      VectorType vector = write.getVectorType();
      int64_t rank = write.getShapedType().getRank(), missing = rank - vector.getRank();
      SmallVector<int64_t> shape(missing, 1);
      llvm::append_range(shape, vector.getShape());
      SmallVector<bool> inBounds(missing, true);
      llvm::append_range(inBounds, write.getInBoundsValues());
      Value full = vector::ShapeCastOp::create(rewriter, write.getLoc(),
                                               VectorType::get(shape, vector.getElementType()),
                                               write.getValueToStore());
      rewriter.replaceOpWithNewOp<vector::TransferWriteOp>(
          write, write.getShapedType(), full, write.getBase(), write.getIndices(),
          AffineMapAttr::get(rewriter.getMultiDimIdentityMap(rank)), Value(),
          rewriter.getBoolArrayAttr(inBounds));
    }
  }
};
} // namespace
