// Gathers, scatters and running sums.
#include "CompositeBodies.h"
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

// An index that may count from the end, counted from the front.
static Value fromFront(TosaBuilder &t, Value index, int64_t size) {
  Type element = TosaBuilder::elementOf(index);
  int64_t rank = TosaBuilder::shapeOf(index).size();
  Value isFront = t.compare<tosa::GreaterEqualOp>(index, t.scalar(element, 0, rank));
  return t.select(isFront, index, t.binary<tosa::AddOp>(index, t.size(size, element, rank)));
}

namespace {

// tosa.gather takes rows of [N, K, C] by one index: the indexed dimensions become K, their indices
// one number, the dimensions before them N.
struct LowerGather : OpConversionPattern<graph::GatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::GatherOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value input = adaptor.getInput();
    ArrayRef<int64_t> shape = TosaBuilder::shapeOf(input),
                      out = op.getResult().getType().getShape();
    int64_t dim = op.getDim(), count = op.getIndices().size(), last = dim + count;
    ArrayRef<int64_t> indexed = out.drop_front(dim).drop_back(shape.size() - last);
    int64_t lead = product(shape.take_front(dim)), rows = product(shape.slice(dim, count)),
            columns = product(shape.drop_front(last)), chosen = product(indexed);
    Value index;
    for (auto [i, values] : llvm::enumerate(adaptor.getIndices())) {
      Value own = t.cast(values, rewriter.getI32Type());
      if (op.getWrap())
        own = fromFront(t, own, shape[dim + i]);
      if (!index) {
        index = own;
        continue;
      }
      Value factor =
          t.size(shape[dim + i], rewriter.getI32Type(), TosaBuilder::shapeOf(index).size());
      index = t.binary<tosa::AddOp>(t.mul(index, factor), own);
    }
    index = t.reshape(t.broadcastTo(index, indexed), {1, chosen});
    index = t.broadcastTo(index, {lead, chosen});
    // Booleans have no gather of their own.
    Type element = TosaBuilder::elementOf(input);
    bool isBool = element.isInteger(1);
    if (isBool)
      input = t.cast(input, rewriter.getI32Type());
    Value result = t.gather(t.reshape(input, {lead, rows, columns}), index);
    if (isBool)
      result = t.compare<tosa::GreaterOp>(result, t.scalar(rewriter.getI32Type(), 0, 3));
    rewriter.replaceOp(op, t.reshape(result, out));
    return success();
  }
};

// tosa.scatter puts rows into [N, K, C] by their indices: the dimension is K, what is before it N.
struct LowerIndexCopy : OpConversionPattern<graph::IndexCopyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::IndexCopyOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value input = adaptor.getInput(), source = adaptor.getSource();
    ArrayRef<int64_t> shape = TosaBuilder::shapeOf(input);
    int64_t dim = op.getDim(), lead = product(shape.take_front(dim)),
            columns = product(shape.drop_front(dim + 1)),
            count = TosaBuilder::shapeOf(adaptor.getIndex())[0];
    Value index = t.cast(adaptor.getIndex(), rewriter.getI32Type());
    if (op.getWrap())
      index = fromFront(t, index, shape[dim]);
    // Booleans have no scatter of their own.
    bool isBool = TosaBuilder::elementOf(input).isInteger(1);
    if (isBool) {
      input = t.cast(input, rewriter.getI32Type());
      source = t.cast(source, rewriter.getI32Type());
    }
    Value rows = t.reshape(input, {lead, shape[dim], columns}),
          given = t.reshape(source, {lead, count, columns});
    Value result =
        // Upstream lowers tosa.scatter with indices of 32 bits alone, which int64 does not go with.
        isSymbolic({lead, shape[dim], count}) || TosaBuilder::elementOf(input).isInteger(64)
            ? t.scatterRows(rows, index, given)
            : t.scatter(rows, t.broadcastTo(t.reshape(index, {1, count}), {lead, count}), given);
    if (isBool)
      result = t.compare<tosa::GreaterOp>(result, t.scalar(rewriter.getI32Type(), 0, 3));
    rewriter.replaceOp(op, t.reshape(result, shape));
    return success();
  }
};

// Of integers, or of sizes that each run chooses: all others have become composites.
struct LowerCumsum : OpConversionPattern<graph::CumsumOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::CumsumOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    Value input = adaptor.getInput();
    int64_t dim = op.getDim();
    bool isFloat = isa<FloatType>(TosaBuilder::elementOf(input));
    bool isOpen = isFloat || isSymbolic(TosaBuilder::shapeOf(input)[dim]);
    rewriter.replaceOp(op, isOpen ? t.runningSum(input, dim) : cumsumBody(t, dim, input));
    return success();
  }
};

} // namespace

void buddy::frontend::populateIndexingToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerGather, LowerIndexCopy, LowerCumsum>(types, patterns.getContext());
}
