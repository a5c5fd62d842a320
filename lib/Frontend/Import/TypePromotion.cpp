// PyTorch's type promotion; c10/core/ScalarType and ATen/native/TypeProperties say the rules.
#include "buddy/Frontend/Import/TypePromotion.h"

using namespace mlir;
using namespace buddy;

static bool isBool(Type type) { return type.isInteger(1); }

Type buddy::promoteElementTypes(Type a, Type b) {
  if (a == b)
    return a;
  bool aFloat = isa<FloatType>(a), bFloat = isa<FloatType>(b);
  if (aFloat != bFloat)
    return aFloat ? a : b;
  unsigned aBits = a.getIntOrFloatBitWidth(), bBits = b.getIntOrFloatBitWidth();
  if (aFloat && aBits == bBits)
    return Float32Type::get(a.getContext()); // f16 with bf16
  return aBits > bBits ? a : b;
}

// `lower` raises `higher` only to a higher category.
static Type combineCategories(Type higher, Type lower) {
  if (!higher)
    return lower;
  if (!lower || isa<FloatType>(higher))
    return higher;
  if (isBool(higher) || isa<FloatType>(lower))
    return promoteElementTypes(higher, lower);
  return higher;
}

Type buddy::resultElementType(MLIRContext *context, ArrayRef<Operand> operands) {
  Type ofTensors, ofZeroDim, ofNumbers;
  auto raise = [](Type &type, Type by) { type = type ? promoteElementTypes(type, by) : by; };
  for (const Operand &operand : operands) {
    if (auto tensor = operand.tensor ? dyn_cast<RankedTensorType>(operand.tensor.getType())
                                     : RankedTensorType()) {
      raise(tensor.getRank() ? ofTensors : ofZeroDim, tensor.getElementType());
      continue;
    }
    switch (operand.scalar.kind) {
    case Scalar::Kind::Bool:
      raise(ofNumbers, IntegerType::get(context, 1));
      break;
    case Scalar::Kind::Int:
      raise(ofNumbers, IntegerType::get(context, 64));
      break;
    case Scalar::Kind::Float:
      raise(ofNumbers, Float32Type::get(context));
      break;
    }
  }
  return combineCategories(ofTensors, combineCategories(ofZeroDim, ofNumbers));
}

Type buddy::floatElementType(Type element) {
  return isa<FloatType>(element) ? element : Float32Type::get(element.getContext());
}
