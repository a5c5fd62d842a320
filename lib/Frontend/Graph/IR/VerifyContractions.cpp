// Verifiers of matrix products, attention, RoPE and norms.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::graph;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static LogicalResult sameElementTypes(Operation *op, ValueRange values) {
  for (Value value : values)
    if (typeOf(value).getElementType() != typeOf(op->getResult(0)).getElementType())
      return op->emitOpError("operands and result must have one element type");
  return success();
}

static LogicalResult expectShape(Operation *op, ArrayRef<Size> expected) {
  ArrayRef<Size> sizes = sizesOf(op->getResult(0));
  SmallVector<Symbol> symbols = symbolsAround(op);
  if (sizes != expected)
    return op->emitOpError("result shape must be ")
           << shapeText(expected, symbols) << ", is " << shapeText(sizes, symbols);
  return success();
}

LogicalResult LinearOp::verify() {
  if (failed(sameElementTypes(*this, getOperands())))
    return failure();
  RankedTensorType in = typeOf(getInput()), weight = typeOf(getWeight());
  if (in.getRank() < 1 || weight.getRank() != 2)
    return emitOpError("needs an input [..., K] and a weight [N, K]");
  if (sizesOf(in).back() != sizesOf(weight)[1])
    return emitOpError("input's last size ")
           << sizeText(sizesOf(in).back(), symbolsAround(*this)) << " differs from the weight's "
           << sizeText(sizesOf(weight)[1], symbolsAround(*this));
  if (Value bias = getBias())
    if (sizesOf(bias) != sizesOf(weight).take_front())
      return emitOpError("bias must be [N]");
  SmallVector<Size> expected(sizesOf(in));
  expected.back() = sizesOf(weight)[0];
  return expectShape(*this, expected);
}

LogicalResult MatmulOp::verify() {
  if (failed(sameElementTypes(*this, getOperands())))
    return failure();
  ArrayRef<Size> lhs = sizesOf(getLhs()), rhs = sizesOf(getRhs());
  if (lhs.size() < 2 || rhs.size() < 2)
    return emitOpError("needs operands of at least two dimensions");
  if (lhs.back() != rhs[rhs.size() - 2])
    return emitOpError("inner sizes ")
           << sizeText(lhs.back(), symbolsAround(*this)) << " and "
           << sizeText(rhs[rhs.size() - 2], symbolsAround(*this)) << " differ";
  FailureOr<SmallVector<Size>> batch = broadcastShapes({lhs.drop_back(2), rhs.drop_back(2)});
  if (failed(batch))
    return emitOpError("leading dimensions do not broadcast with each other");
  batch->push_back(lhs[lhs.size() - 2]);
  batch->push_back(rhs.back());
  return expectShape(*this, *batch);
}

// query [.., H, Sq, D], key [.., Hkv, Skv, D], value [.., Hkv, Skv, Dv], of rank 2 (no H) or more.
static LogicalResult verifyQkv(Operation *op, Value query, Value key, Value value,
                               bool groupedHeads) {
  ArrayRef<Size> q = sizesOf(query), k = sizesOf(key), v = sizesOf(value);
  size_t rank = q.size();
  if (rank < 2 || k.size() != rank || v.size() != rank)
    return op->emitOpError("query, key and value must have one rank, at least 2");
  if (q[rank - 1] != k[rank - 1])
    return op->emitOpError("query and key have different head dimensions");
  if (k[rank - 2] != v[rank - 2])
    return op->emitOpError("key and value have different lengths");
  for (size_t i = 0; i + 2 < rank; ++i) {
    bool isHeads = i + 3 == rank;
    if (k[i] != v[i])
      return op->emitOpError("key and value differ in dimension ") << i;
    bool grouped = isHeads && groupedHeads && divideExactly(q[i], k[i]);
    if (q[i] != k[i] && !grouped)
      return op->emitOpError("query and key differ in dimension ") << i;
  }
  SmallVector<Size> expected(q);
  expected.back() = v.back();
  return expectShape(op, expected);
}

// The shape of the scores: query's, with the key length last.
static SmallVector<Size> scoresShape(Value query, Value key) {
  SmallVector<Size> shape(sizesOf(query));
  shape.back() = sizesOf(key)[shape.size() - 2];
  return shape;
}

LogicalResult SdpaOp::verify() {
  if (failed(sameElementTypes(*this, {getQuery(), getKey(), getValue()})) ||
      failed(verifyQkv(*this, getQuery(), getKey(), getValue(), getEnableGqa())))
    return failure();
  if (Value mask = getMask()) {
    Type element = typeOf(mask).getElementType();
    if (!element.isInteger(1) && element != typeOf(getQuery()).getElementType())
      return emitOpError("mask must be boolean or have the query's element type");
    if (!broadcastsTo(sizesOf(mask), scoresShape(getQuery(), getKey())))
      return emitOpError("mask does not broadcast to the scores' shape");
  }
  return success();
}

LogicalResult AttentionOp::verify() {
  if (typeOf(getQuery()).getRank() != 4)
    return emitOpError("query must be [B, H, Sq, D]");
  if (failed(sameElementTypes(*this, {getQuery(), getKey(), getValue()})) ||
      failed(verifyQkv(*this, getQuery(), getKey(), getValue(), /*groupedHeads=*/true)))
    return failure();
  SmallVector<Size> scores = scoresShape(getQuery(), getKey());
  for (Value mask : {getKeep(), getBias()})
    if (mask && !broadcastsTo(sizesOf(mask), scores))
      return emitOpError("keep and bias must broadcast to [B, H, Sq, Skv]");
  if (getBias() && typeOf(getBias()).getElementType() != typeOf(getQuery()).getElementType())
    return emitOpError("bias must have the query's element type");
  if (getEmptyRows() != "zero" && getEmptyRows() != "nan" && getEmptyRows() != "mean")
    return emitOpError("empty_rows must be \"zero\", \"nan\" or \"mean\"");
  if (getWindow() && int64_t(*getWindow()) < 1)
    return emitOpError("window must be at least 1");
  if (getSoftcap() && !(getSoftcap()->convertToDouble() > 0 && getSoftcap()->isFinite()))
    return emitOpError("softcap must be positive and finite");
  return success();
}

LogicalResult RopeOp::verify() {
  if (failed(sameElementTypes(*this, getOperands())))
    return failure();
  ArrayRef<Size> shape = sizesOf(getInput());
  if (shape.empty() || mod(shape.back(), 2) != 0)
    return emitOpError("the last dimension must be even");
  for (Value table : {getCos(), getSin()})
    if (!broadcastsTo(sizesOf(table), shape))
      return emitOpError("cos and sin must broadcast to the input's shape");
  return expectShape(*this, shape);
}

LogicalResult RmsNormOp::verify() {
  if (failed(sameElementTypes(*this, getOperands())))
    return failure();
  ArrayRef<Size> shape = sizesOf(getInput());
  if (shape.empty())
    return emitOpError("needs a dimension to normalize over");
  if (Value weight = getWeight())
    if (sizesOf(weight) != shape.take_back(1))
      return emitOpError("weight must be [") << sizeText(shape.back(), symbolsAround(*this)) << "]";
  if (!(getEps().convertToDouble() >= 0 && getEps().isFinite()))
    return emitOpError("eps must be finite and not negative");
  return expectShape(*this, shape);
}
