// x[arange(B)[:, None], arange(S)[None, :]]  ==>  views of x: indices that count up choose nothing
// that a slice, a permutation and a reshape do not.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Graph/Transforms/AffineIndex.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_INDICESTOVIEWSPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// One index: start, start + step, ... along dimension `along` of the indexed shape; -1 for one
// index everywhere.
struct Progression {
  int64_t along = -1, step = 1;
  Size start = 0, count = 1;
};

std::optional<Progression> progressionOf(Value index, ArrayRef<Size> indexed, Size size, bool wrap,
                                         ArrayRef<Symbol> symbols) {
  std::optional<AffineIndex> affine = affineIndex(index);
  if (!affine)
    return std::nullopt;
  RankedTensorType type = tensorType(index);
  Progression result;
  result.start = affine->constant;
  for (int64_t d = 0; d < type.getRank(); ++d) {
    if (sizesOf(type)[d] == 1 || affine->coefficients[d] == 0)
      continue;
    if (result.along >= 0 || affine->coefficients[d] < 0)
      return std::nullopt;
    result.along = d + int64_t(indexed.size()) - type.getRank();
    result.step = affine->coefficients[d];
    result.count = sizesOf(type)[d];
  }
  Size last = result.start + (result.count - 1) * result.step;
  if (wrap && isAtMost(last, -1, symbols)) // wholly counted from the end
    result.start += size, last += size;
  if (!numberOfSize(last + 1))
    return std::nullopt;
  if (!isAtMost(0, result.start, symbols) || !isAtMost(last + 1, size, symbols))
    return std::nullopt;
  return result;
}

struct IndicesToViews : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    RankedTensorType in = tensorType(op.getInput()), out = op.getResult().getType();
    int64_t dim = op.getDim(), count = op.getIndices().size(), last = dim + count;
    int64_t trailing = in.getRank() - last;
    ArrayRef<Size> indexed = sizesOf(out).drop_front(dim).drop_back(trailing);
    SmallVector<Progression> progressions;
    for (auto [i, index] : llvm::enumerate(op.getIndices())) {
      std::optional<Progression> found =
          progressionOf(index, indexed, sizesOf(in)[dim + i], op.getWrap(), symbolsAround(op));
      if (!found)
        return rewriter.notifyMatchFailure(op, "an index does not count up inside of the input");
      for (const Progression &other : progressions)
        if (found->along >= 0 && found->along == other.along)
          return rewriter.notifyMatchFailure(op, "two indices count along one dimension");
      progressions.push_back(*found);
    }

    Location loc = op.getLoc();
    Value value = op.getInput();
    for (auto [i, p] : llvm::enumerate(progressions)) {
      SmallVector<Size> sizes(sizesOf(value));
      sizes[dim + i] = p.count;
      if (ArrayRef<Size>(sizes) != sizesOf(value) || p.start != 0)
        value = SliceOp::create(rewriter, loc, tensorOf(sizes, in.getElementType()), value, dim + i,
                                p.start, p.start + (p.count - 1) * p.step + 1, p.step);
    }
    // The indexed dimensions in the order in which the result has them; single ones fall away.
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, in.getRank()));
    std::stable_sort(order.begin() + dim, order.begin() + last, [&](int64_t a, int64_t b) {
      return progressions[a - dim].along < progressions[b - dim].along;
    });
    if (!llvm::is_sorted(order)) {
      SmallVector<Size> sizes;
      for (int64_t from : order)
        sizes.push_back(sizesOf(value)[from]);
      value = PermuteOp::create(rewriter, loc, tensorOf(sizes, in.getElementType()), value, order,
                                StringAttr());
    }
    SmallVector<Size> shape(sizesOf(out));
    for (int64_t d = 0; d < int64_t(indexed.size()); ++d)
      if (llvm::none_of(progressions, [&](const Progression &p) { return p.along == d; }))
        shape[dim + d] = 1;
    value = reshapeTo(rewriter, loc, value, shape);
    rewriter.replaceOp(op, expandTo(rewriter, loc, value, sizesOf(out)));
    return success();
  }
};

struct IndicesToViewsPass : impl::IndicesToViewsPassBase<IndicesToViewsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<IndicesToViews>(&getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
