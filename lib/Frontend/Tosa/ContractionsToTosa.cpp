// Matrix products: TOSA has one, of rank 3.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

// [batch..., R, C] -> [product of batch, R, C], broadcast to `batch` first.
static Value toRank3(TosaBuilder &t, Value value, ArrayRef<int64_t> batch) {
  ArrayRef<int64_t> shape = TosaBuilder::shapeOf(value);
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  SmallVector<int64_t> full(batch);
  full.append({rows, columns});
  return t.reshape(t.broadcastTo(value, full), {product(batch), rows, columns});
}

namespace {

struct LowerLinear : OpConversionPattern<graph::LinearOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::LinearOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    ArrayRef<int64_t> in = TosaBuilder::shapeOf(adaptor.getInput());
    ArrayRef<int64_t> weight = TosaBuilder::shapeOf(adaptor.getWeight()); // [N, K]
    int64_t n = weight[0], k = weight[1], m = product(in.drop_back());
    Value lhs = t.reshape(adaptor.getInput(), {1, m, k});
    Value rhs = t.reshape(t.transpose(adaptor.getWeight(), {1, 0}), {1, k, n});
    Value result = t.matmul(lhs, rhs); // [1, M, N]
    if (Value bias = adaptor.getBias())
      result = t.binary<tosa::AddOp>(result, t.reshape(bias, {1, 1, n}));
    rewriter.replaceOp(op, t.reshape(result, op.getType().getShape()));
    return success();
  }
};

struct LowerMatmul : OpConversionPattern<graph::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    ArrayRef<int64_t> out = op.getType().getShape();
    ArrayRef<int64_t> lhs = TosaBuilder::shapeOf(adaptor.getLhs());
    ArrayRef<int64_t> rhs = TosaBuilder::shapeOf(adaptor.getRhs());
    Value result;
    if (product(rhs.drop_back(2)) == 1) {
      // One matrix on the right: the batch is more rows on the left, nothing is repeated.
      int64_t k = lhs.back(), n = rhs.back();
      result = t.matmul(t.reshape(adaptor.getLhs(), {1, product(lhs.drop_back()), k}),
                        t.reshape(adaptor.getRhs(), {1, k, n}));
    } else {
      ArrayRef<int64_t> batch = out.drop_back(2);
      result = t.matmul(toRank3(t, adaptor.getLhs(), batch), toRank3(t, adaptor.getRhs(), batch));
    }
    rewriter.replaceOp(op, t.reshape(result, out));
    return success();
  }
};

} // namespace

void buddy::frontend::populateContractionsToTosa(TypeConverter &types,
                                                 RewritePatternSet &patterns) {
  patterns.add<LowerLinear, LowerMatmul>(types, patterns.getContext());
}
