// What the functions that stand for fused operations hold, docs/contracts.md section 3.
#include "VerifyComposites.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

// A composite's operands: its arguments but for the symbols, which come last. verifyComposite
// is called on ranked tensors.
static SmallVector<Type> operandsOf(func::FuncOp func) {
  SmallVector<Type> types;
  for (Type type : func.getArgumentTypes())
    if (isa<RankedTensorType>(type))
      types.push_back(type);
  return types;
}

static LogicalResult checkAttention(func::FuncOp func) {
  auto fail = [&](const Twine &message) -> LogicalResult {
    return func.emitOpError() << "attention composite: " << message << fromLowering;
  };
  auto fields = func->getAttrOfType<DictionaryAttr>("buddy.attention");
  if (!fields)
    return fail("needs the dictionary buddy.attention");
  auto scale = fields.getAs<FloatAttr>("scale");
  auto emptyRows = fields.getAs<StringAttr>("empty_rows");
  auto causal = fields.getAs<BoolAttr>("causal");
  auto keep = fields.getAs<BoolAttr>("keep"), bias = fields.getAs<BoolAttr>("bias");
  if (!scale || !scale.getType().isF64() || !emptyRows || !causal || !keep || !bias)
    return fail(
        "buddy.attention needs scale (f64), causal, keep, bias (bool), empty_rows (string)");
  if (emptyRows != "zero" && emptyRows != "nan" && emptyRows != "mean")
    return fail("empty_rows must be \"zero\", \"nan\" or \"mean\"");

  // The types are those of graph.attention: its verifier knows the shapes.
  unsigned wanted = 3 + keep.getValue() + bias.getValue();
  if (operandsOf(func).size() != wanted || func.getNumResults() != 1)
    return fail("keep and bias say " + Twine(wanted) + " operands and one result");
  SmallVector<RankedTensorType> types;
  for (Type type : operandsOf(func))
    types.push_back(cast<RankedTensorType>(type));
  auto result = cast<RankedTensorType>(func.getResultTypes()[0]);
  for (unsigned i : {0u, 1u, 2u})
    if (types[i].getRank() != 4 || !types[i].getElementType().isF32())
      return fail("query, key and value must be f32 of rank 4");
  ArrayRef<Size> q = sizesOf(types[0]), k = sizesOf(types[1]), v = sizesOf(types[2]);
  if (k[0] != q[0] || v[0] != q[0] || v[1] != k[1] || v[2] != k[2] || k[3] != q[3] ||
      !divideExactly(q[1], k[1]))
    return fail("query [B, H, Sq, D], key [B, Hkv, Skv, D] and value [B, Hkv, Skv, Dv] do not fit "
                "each other");
  if (result.getElementType() != types[0].getElementType() ||
      sizesOf(result) != ArrayRef<Size>{q[0], q[1], q[2], v[3]})
    return fail("the result must be f32 [B, H, Sq, Dv]");
  for (unsigned i = 3; i < wanted; ++i) {
    bool isKeep = keep.getValue() && i == 3;
    Type element = types[i].getElementType();
    if (!(isKeep ? element.isInteger(1) : element.isF32()) ||
        !graph::broadcastsTo(sizesOf(types[i]), {q[0], q[1], q[2], k[2]}))
      return fail(Twine(isKeep ? "keep (i1)" : "bias (f32)") +
                  " must broadcast to [B, H, Sq, Skv]");
  }
  return success();
}

static LogicalResult checkRope(func::FuncOp func) {
  auto fail = [&](StringRef message) -> LogicalResult {
    return func.emitOpError() << "rope composite: " << message << fromLowering;
  };
  if (operandsOf(func).size() != 3 || func.getNumResults() != 1)
    return fail("needs the operands x, cos, sin and one result");
  if (Attribute rope = func->getAttr("buddy.rope")) {
    auto fields = dyn_cast<DictionaryAttr>(rope);
    if (!fields || !fields.getAs<BoolAttr>("interleaved"))
      return fail("buddy.rope needs interleaved (bool)");
  }
  auto x = cast<RankedTensorType>(func.getArgumentTypes()[0]);
  if (x.getRank() < 1 || x.getShape().back() % 2 || func.getResultTypes()[0] != x)
    return fail("x and the result must be one type, its last dimension even");
  for (Type type : operandsOf(func)) {
    auto table = cast<RankedTensorType>(type);
    if (!table.getElementType().isF32() || !graph::broadcastsTo(sizesOf(table), sizesOf(x)))
      return fail("operands must be f32, cos and sin broadcastable to x");
  }
  return success();
}

static LogicalResult checkRmsNorm(func::FuncOp func) {
  auto fail = [&](StringRef message) -> LogicalResult {
    return func.emitOpError() << "rms_norm composite: " << message << fromLowering;
  };
  auto config = func->getAttrOfType<DictionaryAttr>("buddy.rms_norm");
  if (!config || !config.getAs<FloatAttr>("eps"))
    return fail("needs buddy.rms_norm with eps");
  size_t operands = operandsOf(func).size();
  if (operands < 1 || operands > 2 || func.getNumResults() != 1)
    return fail("needs the operand x, perhaps a weight, and one result");
  auto x = cast<RankedTensorType>(func.getArgumentTypes()[0]);
  if (x.getRank() < 1 || !x.getElementType().isF32() || func.getResultTypes()[0] != x)
    return fail("x and the result must be one f32 type");
  if (operands == 2 && func.getArgumentTypes()[1] != x.clone(x.getShape().take_back(1)))
    return fail("the weight must have the size of x's last dimension");
  return success();
}

static LogicalResult checkSwiglu(func::FuncOp func) {
  if (operandsOf(func).size() != 2 || func.getNumResults() != 1 ||
      func.getArgumentTypes()[0] != func.getArgumentTypes()[1] ||
      func.getArgumentTypes()[0] != func.getResultTypes()[0] ||
      !cast<RankedTensorType>(func.getArgumentTypes()[0]).getElementType().isF32())
    return func.emitOpError() << "swiglu composite: needs the operands gate and up and a result of "
                              << "one f32 type" << fromLowering;
  return success();
}

static LogicalResult checkLayerNorm(func::FuncOp func) {
  auto fail = [&](const Twine &message) -> LogicalResult {
    return func.emitOpError() << "layer_norm composite: " << message << fromLowering;
  };
  auto fields = func->getAttrOfType<DictionaryAttr>("buddy.layer_norm");
  auto dims = fields ? fields.getAs<IntegerAttr>("dims") : IntegerAttr();
  auto epsilon = fields ? fields.getAs<FloatAttr>("epsilon") : FloatAttr();
  auto weight = fields ? fields.getAs<BoolAttr>("weight") : BoolAttr();
  auto bias = fields ? fields.getAs<BoolAttr>("bias") : BoolAttr();
  if (!dims || !epsilon || !weight || !bias)
    return fail("needs buddy.layer_norm with dims, epsilon, weight and bias");
  unsigned wanted = 1 + weight.getValue() + bias.getValue();
  SmallVector<Type> operands = operandsOf(func);
  if (operands.size() != wanted || func.getNumResults() != 1)
    return fail("weight and bias say " + Twine(wanted) + " operands and one result");
  auto x = cast<RankedTensorType>(func.getArgumentTypes()[0]); // checkBody has seen it
  if (!x.getElementType().isF32() || func.getResultTypes()[0] != x || dims.getInt() < 1 ||
      dims.getInt() > x.getRank())
    return fail("x and the result must be f32 of one shape of at least `dims` dimensions");
  for (Type type : llvm::drop_begin(operands))
    if (type != x.clone(x.getShape().take_back(dims.getInt())))
      return fail("weight and bias must be f32 of the shape that is normalized");
  return success();
}

static LogicalResult checkGelu(func::FuncOp func) {
  auto fields = func->getAttrOfType<DictionaryAttr>("buddy.gelu");
  auto approximate = fields ? fields.getAs<StringAttr>("approximate") : StringAttr();
  if (!approximate || (approximate != "none" && approximate != "tanh") ||
      operandsOf(func).size() != 1 || TypeRange(operandsOf(func)) != func.getResultTypes() ||
      !cast<RankedTensorType>(func.getArgumentTypes()[0]).getElementType().isF32())
    return func.emitOpError() << "gelu composite: needs buddy.gelu with approximate (\"none\" or "
                              << "\"tanh\"), one f32 operand and a result of its type"
                              << fromLowering;
  return success();
}

// div, mul: of two operands that broadcast to the result; sqrt: of one of its type.
static LogicalResult checkArithmetic(func::FuncOp func, StringRef kind) {
  SmallVector<Type> operands = operandsOf(func);
  auto elementOf = [](Type type) { return cast<RankedTensorType>(type).getElementType(); };
  bool isRight = operands.size() == (kind == "sqrt" ? 1 : 2) && func.getNumResults() == 1;
  Type element = isRight ? elementOf(func.getResultTypes()[0]) : Type();
  isRight = isRight && (element.isF32() || element.isF64()) &&
            llvm::all_of(operands, [&](Type type) { return elementOf(type) == element; });
  for (Type type : isRight ? ArrayRef<Type>(operands) : ArrayRef<Type>())
    isRight &= graph::broadcastsTo(sizesOf(cast<RankedTensorType>(type)),
                                   sizesOf(cast<RankedTensorType>(func.getResultTypes()[0])));
  if (isRight && kind == "sqrt")
    isRight = operands[0] == func.getResultTypes()[0];
  if (isRight)
    return success();
  return func.emitOpError() << kind << " composite: needs "
                            << (kind == "sqrt" ? "one f32 operand" : "two f32 operands")
                            << " that broadcast to its one f32 result" << fromLowering;
}

static LogicalResult checkCumsum(func::FuncOp func) {
  auto fields = func->getAttrOfType<DictionaryAttr>("buddy.cumsum");
  auto dim = fields ? fields.getAs<IntegerAttr>("dim") : IntegerAttr();
  SmallVector<Type> operands = operandsOf(func);
  auto type = operands.size() == 1 ? cast<RankedTensorType>(operands[0]) : RankedTensorType();
  if (dim && type && type.getElementType().isF32() && TypeRange(type) == func.getResultTypes() &&
      dim.getInt() >= 0 && dim.getInt() < type.getRank())
    return success();
  return func.emitOpError() << "cumsum composite: needs buddy.cumsum with dim, one f32 operand of "
                            << "which that is a dimension, and a result of its type"
                            << fromLowering;
}

LogicalResult buddy::frontend::verifyComposite(func::FuncOp func) {
  Attribute kind = func->getAttr("buddy.composite");
  if (!kind)
    return success();
  if (!func.isPrivate() || func.isDeclaration())
    return func.emitOpError() << "a composite must be private and have a body" << fromLowering;
  auto name = dyn_cast<StringAttr>(kind);
  if (name && name == "attention")
    return checkAttention(func);
  if (name && name == "rope")
    return checkRope(func);
  if (name && name == "rms_norm")
    return checkRmsNorm(func);
  if (name && name == "swiglu")
    return checkSwiglu(func);
  if (name && name == "layer_norm")
    return checkLayerNorm(func);
  if (name && name == "gelu")
    return checkGelu(func);
  if (name && (name == "div" || name == "mul" || name == "sqrt"))
    return checkArithmetic(func, name);
  if (name && name == "cumsum")
    return checkCumsum(func);
  return func.emitOpError() << "unknown composite " << kind
                            << ", known are \"attention\", \"cumsum\", \"div\", \"gelu\", "
                               "\"layer_norm\", \"mul\", \"rms_norm\", \"rope\", \"sqrt\" "
                            << "and \"swiglu\"" << fromLowering;
}
