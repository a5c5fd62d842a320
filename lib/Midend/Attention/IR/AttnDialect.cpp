// Registration of the attn dialect and the verifier of its op.
#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace buddy::attn;

#include "buddy/Midend/Attention/IR/AttnDialect.cpp.inc"

#define GET_OP_CLASSES
#include "buddy/Midend/Attention/IR/AttnOps.cpp.inc"

void AttnDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "buddy/Midend/Attention/IR/AttnOps.cpp.inc"
      >();
}

// Whether `type` can be read at every index of `shape`: aligned at the last dimension, sizes equal
// or 1.
static bool broadcastsTo(RankedTensorType type, ArrayRef<int64_t> shape) {
  if (type.getRank() > int64_t(shape.size()))
    return false;
  ArrayRef<int64_t> tail = shape.take_back(type.getRank());
  for (auto [from, to] : llvm::zip_equal(type.getShape(), tail))
    if (from != to && from != 1)
      return false;
  return true;
}

SmallVector<int64_t, 4> AttentionOp::headMajor(RankedTensorType type, bool sequenceMajor) {
  SmallVector<int64_t, 4> shape(type.getShape());
  if (sequenceMajor && shape.size() == 4)
    std::swap(shape[1], shape[2]);
  return shape;
}

LogicalResult AttentionOp::verify() {
  for (RankedTensorType type : {getQuery().getType(), getKey().getType(), getValue().getType()})
    if (type.getRank() != 4)
      return emitOpError("query, key and value must be of rank 4");
  SmallVector<int64_t, 4> q = queryShape(), k = keyShape(), v = valueShape();
  if (q[0] != k[0] || k[0] != v[0])
    return emitOpError("query, key and value differ in the batch dimension");
  for (int64_t size : {q[1], k[1], v[1], q[3], k[3], v[3]})
    if (ShapedType::isDynamic(size))
      return emitOpError("batch and length may be dynamic, heads and head dimensions may not");
  if (k[1] < 1 || q[1] % k[1])
    return emitOpError("the number of query heads must be a multiple of the key heads'");
  if (k[1] != v[1] || k[2] != v[2])
    return emitOpError("key and value differ in heads or length");
  if (q[3] != k[3])
    return emitOpError("query and key differ in the head dimension");
  int64_t result[] = {q[0], q[1], q[2], v[3]};
  if (getResult().getType().getRank() != 4 ||
      ArrayRef<int64_t>(headMajor(getResult().getType(), getResultSequenceMajor())) !=
          ArrayRef<int64_t>(result))
    return emitOpError("result must be [B, H, Sq, Dv]");
  int64_t scores[] = {q[0], q[1], q[2], k[2]};
  for (Value mask : {getKeep(), getBias()})
    if (mask && !broadcastsTo(cast<RankedTensorType>(mask.getType()), scores))
      return emitOpError("keep and bias must broadcast to [B, H, Sq, Skv]");
  if (getWindow() && int64_t(*getWindow()) < 1)
    return emitOpError("window must be at least 1");
  if (getSoftcap() && !(getSoftcap()->convertToDouble() > 0 && getSoftcap()->isFinite()))
    return emitOpError("softcap must be positive and finite");
  if (getEmptyRows() != "zero" && getEmptyRows() != "nan" && getEmptyRows() != "mean")
    return emitOpError("empty_rows must be \"zero\", \"nan\" or \"mean\"");
  return success();
}
