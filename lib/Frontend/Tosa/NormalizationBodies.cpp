// layer_norm and gelu in plain TOSA.
#include "CompositeBodies.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

Value buddy::frontend::layerNormBody(TosaBuilder &t, graph::LayerNormOp op, ValueRange args) {
  ArrayRef<int64_t> shape = TosaBuilder::shapeOf(args[0]);
  int64_t dims = op.getDims();
  // Several dimensions are normalized as the one they are in memory.
  SmallVector<int64_t> rows(shape.drop_back(dims));
  rows.push_back(std::accumulate(shape.end() - dims, shape.end(), int64_t(1), std::multiplies<>()));
  int64_t last = rows.size() - 1, rank = rows.size();
  Value x = t.reshape(args[0], rows);
  Type f32 = TosaBuilder::elementOf(x);
  Value count = t.size(rows.back(), f32, rank);
  auto mean = [&](Value value) {
    return t.divide(t.reduce<tosa::ReduceSumOp>(value, last), count);
  };
  Value centred = t.binary<tosa::SubOp>(x, mean(x));
  // What rounding left of a large mean, in every element of a row, goes with a second one.
  if (!op.getCentredOnce())
    centred = t.binary<tosa::SubOp>(centred, mean(centred));
  Value variance = mean(t.mul(centred, centred));
  Value epsilon = t.scalar(f32, op.getEpsilon().convertToDouble(), rank);
  Value scale = t.unary<tosa::RsqrtOp>(t.binary<tosa::AddOp>(variance, epsilon));
  Value result = t.reshape(t.mul(centred, scale), shape);
  if (op.getWeight())
    result = t.mul(result, args[1]);
  return op.getBias() ? t.binary<tosa::AddOp>(result, args.back()) : result;
}

DictionaryAttr buddy::frontend::layerNormAttributes(graph::LayerNormOp op) {
  Builder b(op.getContext());
  SmallVector<NamedAttribute> fields{
      b.getNamedAttr("dims", op.getDimsAttr()),
      b.getNamedAttr("epsilon", op.getEpsilonAttr()),
      b.getNamedAttr("weight", b.getBoolAttr(bool(op.getWeight()))),
      b.getNamedAttr("bias", b.getBoolAttr(bool(op.getBias()))),
  };
  if (op.getCentredOnce())
    fields.push_back(b.getNamedAttr("centred_once", b.getUnitAttr()));
  return b.getDictionaryAttr(fields);
}

Value buddy::frontend::geluBody(TosaBuilder &t, graph::GeluOp op, ValueRange args) {
  Value x = args[0];
  Type f32 = TosaBuilder::elementOf(x);
  auto number = [&](double value) { return t.scalar(f32, value, TosaBuilder::shapeOf(x).size()); };
  Value distribution;
  if (op.getApproximate() == "tanh") {
    Value cube = t.mul(t.mul(x, x), x);
    Value inner = t.binary<tosa::AddOp>(x, t.mul(cube, number(0.044715)));
    distribution = t.unary<tosa::TanhOp>(t.mul(inner, number(std::sqrt(2 / M_PI))));
  } else {
    distribution = t.unary<tosa::ErfOp>(t.mul(x, number(M_SQRT1_2)));
  }
  Value half = t.mul(x, number(0.5));
  return t.mul(half, t.binary<tosa::AddOp>(distribution, number(1)));
}

DictionaryAttr buddy::frontend::geluAttributes(graph::GeluOp op) {
  Builder b(op.getContext());
  return b.getDictionaryAttr({b.getNamedAttr("approximate", op.getApproximateAttr())});
}
