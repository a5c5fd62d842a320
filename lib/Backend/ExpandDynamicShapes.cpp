// Views of sizes that each run chooses, as memref.reinterpret_cast: expand_shape into several of
// them, and subviews without some of their dimensions of size 1.

#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace buddy::backend {
#define GEN_PASS_DEF_EXPANDDYNAMICSHAPESPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;

static bool hasTwoDynamicSizes(memref::ExpandShapeOp op) {
  for (const ReassociationIndices &group : op.getReassociationIndices())
    if (llvm::count_if(group, [&](int64_t dim) { return op.getResultType().isDynamicDim(dim); }) >
        1)
      return true;
  return false;
}

static OpFoldResult product(OpBuilder &b, Location loc, OpFoldResult lhs, OpFoldResult rhs) {
  std::optional<int64_t> left = getConstantIntValue(lhs), right = getConstantIntValue(rhs);
  if (left && right)
    return b.getIndexAttr(*left * *right);
  return arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, lhs),
                               getValueOrCreateConstantIndexOp(b, loc, rhs))
      .getResult();
}

static void expand(memref::ExpandShapeOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto source = memref::ExtractStridedMetadataOp::create(b, loc, op.getSrc());
  SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), strides(sizes.size());
  SmallVector<OpFoldResult> sourceStrides = source.getConstifiedMixedStrides();
  for (auto [from, group] : llvm::enumerate(op.getReassociationIndices())) {
    OpFoldResult stride = sourceStrides[from];
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = stride;
      stride = product(b, loc, stride, sizes[dim]);
    }
  }
  // The type says which strides are numbers; it is that of the op, by a cast.
  SmallVector<int64_t> numbers;
  for (OpFoldResult stride : strides)
    numbers.push_back(getConstantIntValue(stride).value_or(ShapedType::kDynamic));
  OpFoldResult offset = source.getConstifiedMixedOffset();
  auto layout = StridedLayoutAttr::get(
      b.getContext(), getConstantIntValue(offset).value_or(ShapedType::kDynamic), numbers);
  MemRefType type = op.getResultType();
  Value view = memref::ReinterpretCastOp::create(
      b, loc, MemRefType::get(type.getShape(), type.getElementType(), layout),
      source.getBaseBuffer(), offset, sizes, strides);
  if (view.getType() != type)
    view = memref::CastOp::create(b, loc, type, view);
  op.replaceAllUsesWith(view);
  op.erase();
}

// Whether a subview leaves out some of its dimensions of size 1, and which of them neither sizes
// nor strides say: upstream then takes the wrong one.
static bool dropsAnyOfSeveral(memref::SubViewOp op) {
  int64_t dropped = op.getSourceType().getRank() - op.getType().getRank();
  return dropped > 0 && llvm::count(op.getStaticSizes(), 1) > dropped &&
         llvm::is_contained(op.getType().getStridesAndOffset().first, ShapedType::kDynamic);
}

// It does not matter which: what is left has the same elements.
static void dropDims(memref::SubViewOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  Value whole = memref::SubViewOp::create(b, loc, op.getSource(), op.getMixedOffsets(), sizes,
                                          op.getMixedStrides());
  auto source = memref::ExtractStridedMetadataOp::create(b, loc, whole);
  SmallVector<OpFoldResult> sourceStrides = source.getConstifiedMixedStrides();
  MemRefType type = op.getType();
  SmallVector<OpFoldResult> keptSizes, keptStrides;
  int64_t from = sizes.size() - 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim, --from) {
    while (from > dim && op.getStaticSizes()[from] != type.getDimSize(dim))
      --from;
    // The stride of a single element is whatever the type says.
    int64_t number = type.getStridesAndOffset().first[dim];
    keptSizes.push_back(sizes[from]);
    keptStrides.push_back(ShapedType::isDynamic(number) ? sourceStrides[from]
                                                        : OpFoldResult(b.getIndexAttr(number)));
  }
  std::reverse(keptSizes.begin(), keptSizes.end());
  std::reverse(keptStrides.begin(), keptStrides.end());
  Value view =
      memref::ReinterpretCastOp::create(b, loc, type, source.getBaseBuffer(),
                                        source.getConstifiedMixedOffset(), keptSizes, keptStrides);
  op.replaceAllUsesWith(view);
  op.erase();
}

template <typename Op>
static void rewriteThose(Operation *root, bool (*isOne)(Op), void (*rewrite)(Op)) {
  SmallVector<Op> ops;
  root->walk([&](Op op) {
    if (isOne(op))
      ops.push_back(op);
  });
  for (Op op : ops)
    rewrite(op);
}

namespace {
struct ExpandDynamicShapesPass
    : buddy::backend::impl::ExpandDynamicShapesPassBase<ExpandDynamicShapesPass> {
  void runOnOperation() override {
    rewriteThose(getOperation(), hasTwoDynamicSizes, expand);
    rewriteThose(getOperation(), dropsAnyOfSeveral, dropDims);
  }
};
} // namespace
