// Views and rearrangements.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

// value[..., start : start + (count - 1) * step + 1 : step, ...]. TOSA's slice has no step: take
// the range as count rows of `step` and keep the first of each row.
static Value strided(TosaBuilder &t, Value value, int64_t dim, int64_t start, int64_t count,
                     int64_t step) {
  SmallVector<int64_t> shape(TosaBuilder::shapeOf(value));
  int64_t wanted = count * step, available = std::min(wanted, shape[dim] - start);
  Value range = t.padDim(t.sliceDim(value, dim, start, available), dim, wanted - available);
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < int64_t(shape.size()); ++i)
    (i < dim ? outer : inner) *= i == dim ? 1 : shape[i];
  Value rows = t.reshape(range, {outer, count, step, inner});
  shape[dim] = count;
  return t.reshape(t.sliceDim(rows, 2, 0, 1), shape);
}

// Which (row, column) pairs of the last two dimensions are kept, from two vectors of positions:
// [..., R, 1] against [..., 1, C], never an R x C constant.
static Value triangle(TosaBuilder &t, ArrayRef<int64_t> shape, int64_t diagonal, bool lower) {
  int64_t rank = shape.size(), rows = shape[rank - 2], columns = shape[rank - 1];
  Value limit = t.indices(rows, diagonal, rank - 2, rank);
  Value column = t.indices(columns, 0, rank - 1, rank);
  return lower ? t.compare<tosa::GreaterEqualOp>(limit, column)
               : t.compare<tosa::GreaterEqualOp>(column, limit);
}

namespace {

struct LowerReshape : OpConversionPattern<graph::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::ReshapeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.reshape(adaptor.getInput(), op.getType().getShape()));
    return success();
  }
};

struct LowerPermute : OpConversionPattern<graph::PermuteOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::PermuteOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.transpose(adaptor.getInput(), op.getPermutation()));
    return success();
  }
};

struct LowerExpand : OpConversionPattern<graph::ExpandOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::ExpandOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    rewriter.replaceOp(op, t.broadcastTo(adaptor.getInput(), op.getType().getShape()));
    return success();
  }
};

struct LowerSlice : OpConversionPattern<graph::SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::SliceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    int64_t dim = op.getDim(), start = *numberOfSize(op.getStart()), step = op.getStep();
    int64_t count = op.getType().getShape()[dim];
    // A step beyond the range takes one element, whatever its size.
    Value part = step == 1 || count == 1 ? t.sliceDim(adaptor.getInput(), dim, start, count)
                                         : strided(t, adaptor.getInput(), dim, start, count, step);
    rewriter.replaceOp(op, part);
    return success();
  }
};

struct LowerCat : OpConversionPattern<graph::CatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::CatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value first = adaptor.getInputs().front();
    int64_t dim = op.getDim(), count = adaptor.getInputs().size();
    // The folds of TOSA take a concatenation apart for each of its readers: doubled n times, a
    // tensor would be 2^n pieces. One value again and again is a broadcast.
    if (count == 1 || !llvm::all_equal(op.getInputs()) ||
        !op.getInputs().front().getDefiningOp<graph::CatOp>()) {
      rewriter.replaceOp(op, t.concat(adaptor.getInputs(), dim));
      return success();
    }
    SmallVector<int64_t> shape(TosaBuilder::shapeOf(first)), whole(shape);
    shape.insert(shape.begin() + dim, 1);
    Value one = t.reshape(first, shape);
    shape[dim] = count;
    whole[dim] *= count;
    rewriter.replaceOp(op, t.reshape(t.broadcastTo(one, shape), whole));
    return success();
  }
};

template <typename Op, bool lower> struct LowerTriangle : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value input = adaptor.getInput();
    ArrayRef<int64_t> shape = TosaBuilder::shapeOf(input);
    int64_t diagonal = *numberOfSize(op.getDiagonal());
    // Beyond these nothing changes, and i32 holds the sums. Not of a size that a run chooses.
    if (!isSymbolic(diagonal) || symbolsAround(op).empty())
      diagonal = std::clamp(diagonal, -shape[shape.size() - 2], shape.back());
    Value keep = triangle(t, shape, diagonal, lower);
    Type element = TosaBuilder::elementOf(input);
    if (element.isInteger(1))
      rewriter.replaceOp(op, t.binary<tosa::LogicalAndOp>(input, keep));
    else
      rewriter.replaceOp(
          op, t.select(keep, input, t.scalar(element, 0, TosaBuilder::shapeOf(input).size())));
    return success();
  }
};

} // namespace

void buddy::frontend::populateViewsToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerReshape, LowerPermute, LowerExpand, LowerSlice, LowerCat,
               LowerTriangle<graph::TrilOp, true>, LowerTriangle<graph::TriuOp, false>>(
      types, patterns.getContext());
}
