// The pass buddy-tosa-contract: what leaves the frontend, docs/contracts.md section 3.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Tosa/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace buddy::frontend {
#define GEN_PASS_DEF_VERIFYTOSACONTRACTPASS
#include "buddy/Frontend/Tosa/Passes.h.inc"

namespace {

constexpr StringLiteral fromLowering = "; buddy-graph-to-tosa is to blame";
constexpr StringLiteral fromPartition = "; buddy-graph-partition is to blame";

bool isSubgraph(StringRef name) {
  return name.consume_front("subgraph") && !name.empty() && llvm::all_of(name, llvm::isDigit);
}

// What a function may have beside TOSA's words.
struct Beside {
  bool symbols; // sizes that each run chooses
  bool others;  // what is computed in f64, or with integers as TOSA does not
};

// i8 is what tosa.mul wants its shift in.
bool isTosaType(Type type, const Beside &beside) {
  if (isa<tosa::shapeType>(type))
    return true;
  // Sizes, and what linalg computes with.
  if ((beside.symbols || beside.others) && type.isIntOrIndexOrFloat())
    return true;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || (!tensor.hasStaticShape() && !beside.symbols) || tensor.getEncoding())
    return false;
  Type element = tensor.getElementType();
  return element.isF32() || element.isInteger(64) || element.isInteger(32) ||
         element.isInteger(1) || element.isInteger(8);
}

// What says of sizes that each run chooses, of f64, and of integers what TOSA cannot.
bool isBesideTosa(Operation *op, const Beside &beside) {
  StringRef dialect = op->getName().getDialectNamespace();
  return (beside.others && dialect == "math") ||
         ((beside.symbols || beside.others) &&
          llvm::is_contained({"arith", "linalg", "scf", "tensor"}, dialect));
}

bool isDouble(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF64();
}

bool isWhole(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isInteger(32) || element.isInteger(64);
}

// What TOSA itself does not have, func passes on and the others compute with.
bool isDoubleBesideTosa(Operation *op, Type type, const Beside &beside) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return isDouble(type) && (beside.symbols || tensor.hasStaticShape()) && !tensor.getEncoding() &&
         (isBesideTosa(op, beside) || isa<func::FuncOp, func::CallOp>(op));
}

// What a number is rounded to, on its way to a tosa.cast back.
bool isRounded(Operation *op, Type type) {
  return isa<tosa::CastOp>(op) && graph::isHalf(getElementTypeOrSelf(type));
}

LogicalResult checkTypes(Operation *op, TypeRange types, StringRef what, const Beside &beside) {
  for (auto [i, type] : llvm::enumerate(types))
    if (!isTosaType(type, beside) && !isDoubleBesideTosa(op, type, beside) && !isRounded(op, type))
      return op->emitOpError() << what << " " << i << " is " << type << ", not a "
                               << (beside.symbols ? "" : "static ")
                               << "tensor of f32, i64, i32 or i1" << fromLowering;
  return success();
}

// Every op of `func` is func's or TOSA's, on types that TOSA has.
LogicalResult checkBody(func::FuncOp func) {
  Beside beside = {!symbolsAround(func).empty(), llvm::any_of(func.getArgumentTypes(), isDouble)};
  func.walk([&](Operation *op) {
    if (!isa<tosa::TosaDialect>(op->getDialect()))
      beside.others |= llvm::any_of(op->getResultTypes(), isDouble);
    if (isa<linalg::GenericOp, tensor::ExtractOp>(op))
      beside.others |= llvm::any_of(op->getOperandTypes(), isWhole);
  });
  bool ok = succeeded(checkTypes(func, func.getArgumentTypes(), "argument", beside)) &&
            succeeded(checkTypes(func, func.getResultTypes(), "result", beside));
  func.walk([&](Operation *op) {
    if (op == func)
      return;
    if (op->getName().getDialectNamespace() != "tosa" && !isa<func::CallOp, func::ReturnOp>(op) &&
        !isBesideTosa(op, beside)) {
      op->emitOpError() << "is neither func's nor TOSA's" << fromLowering;
      ok = false;
    } else if (failed(checkTypes(op, op->getResultTypes(), "result", beside))) {
      ok = false;
    }
  });
  return success(ok);
}

// A composite's operands: its arguments but for the symbols, which come last. checkBody has seen
// the others to be ranked tensors.
SmallVector<Type> operandsOf(func::FuncOp func) {
  SmallVector<Type> types;
  for (Type type : func.getArgumentTypes())
    if (isa<RankedTensorType>(type))
      types.push_back(type);
  return types;
}

LogicalResult checkAttention(func::FuncOp func) {
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
  ArrayRef<int64_t> q = types[0].getShape(), k = types[1].getShape(), v = types[2].getShape();
  if (k[0] != q[0] || v[0] != q[0] || v[1] != k[1] || v[2] != k[2] || k[3] != q[3] || k[1] == 0 ||
      q[1] % k[1])
    return fail("query [B, H, Sq, D], key [B, Hkv, Skv, D] and value [B, Hkv, Skv, Dv] do not fit "
                "each other");
  if (result != types[0].clone({q[0], q[1], q[2], v[3]}))
    return fail("the result must be f32 [B, H, Sq, Dv]");
  for (unsigned i = 3; i < wanted; ++i) {
    bool isKeep = keep.getValue() && i == 3;
    Type element = types[i].getElementType();
    if (!(isKeep ? element.isInteger(1) : element.isF32()) ||
        !graph::broadcastsTo(types[i].getShape(), {q[0], q[1], q[2], k[2]}))
      return fail(Twine(isKeep ? "keep (i1)" : "bias (f32)") +
                  " must broadcast to [B, H, Sq, Skv]");
  }
  return success();
}

LogicalResult checkRope(func::FuncOp func) {
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
    if (!table.getElementType().isF32() || !graph::broadcastsTo(table.getShape(), x.getShape()))
      return fail("operands must be f32, cos and sin broadcastable to x");
  }
  return success();
}

LogicalResult checkRmsNorm(func::FuncOp func) {
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

LogicalResult checkSwiglu(func::FuncOp func) {
  if (operandsOf(func).size() != 2 || func.getNumResults() != 1 ||
      func.getArgumentTypes()[0] != func.getArgumentTypes()[1] ||
      func.getArgumentTypes()[0] != func.getResultTypes()[0] ||
      !cast<RankedTensorType>(func.getArgumentTypes()[0]).getElementType().isF32())
    return func.emitOpError() << "swiglu composite: needs the operands gate and up and a result of "
                              << "one f32 type" << fromLowering;
  return success();
}

LogicalResult checkLayerNorm(func::FuncOp func) {
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

LogicalResult checkGelu(func::FuncOp func) {
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
LogicalResult checkArithmetic(func::FuncOp func, StringRef kind) {
  SmallVector<Type> operands = operandsOf(func);
  auto elementOf = [](Type type) { return cast<RankedTensorType>(type).getElementType(); };
  bool isRight = operands.size() == (kind == "sqrt" ? 1 : 2) && func.getNumResults() == 1;
  Type element = isRight ? elementOf(func.getResultTypes()[0]) : Type();
  isRight = isRight && (element.isF32() || element.isF64()) &&
            llvm::all_of(operands, [&](Type type) { return elementOf(type) == element; });
  for (Type type : isRight ? ArrayRef<Type>(operands) : ArrayRef<Type>())
    isRight &= graph::broadcastsTo(cast<RankedTensorType>(type).getShape(),
                                   cast<RankedTensorType>(func.getResultTypes()[0]).getShape());
  if (isRight && kind == "sqrt")
    isRight = operands[0] == func.getResultTypes()[0];
  if (isRight)
    return success();
  return func.emitOpError() << kind << " composite: needs "
                            << (kind == "sqrt" ? "one f32 operand" : "two f32 operands")
                            << " that broadcast to its one f32 result" << fromLowering;
}

LogicalResult checkCumsum(func::FuncOp func) {
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

LogicalResult checkComposite(func::FuncOp func) {
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

// The number of elements of arg0.data, at least 1; nothing if buddy.parameters cannot be read.
std::optional<int64_t> parameterElements(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>("buddy.parameters");
  int64_t elements = 0;
  for (Attribute entry : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto typeAttr = fields ? fields.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!type || !type.hasStaticShape())
      return std::nullopt;
    elements += type.getNumElements();
  }
  return std::max<int64_t>(elements, 1);
}

// Whether `types` are those of the signature's `field`, then of its states.
LogicalResult checkSignature(func::FuncOp forward, DictionaryAttr signature, StringRef field,
                             TypeRange types) {
  SmallVector<Attribute> listed;
  for (StringRef name : {field, StringRef("states")})
    if (auto list = signature.getAs<ArrayAttr>(name))
      listed.append(list.begin(), list.end());
  if (listed.size() != types.size())
    return forward.emitOpError() << "has " << types.size() << " " << field << " and states"
                                 << (field == "inputs" ? " after the parameters" : "")
                                 << ", buddy.signature has " << listed.size() << fromLowering;
  for (auto [i, entry, type] : llvm::enumerate(listed, types)) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto typeAttr = fields ? fields.getAs<TypeAttr>("type") : TypeAttr();
    auto wanted = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (wanted != type)
      return forward.emitOpError() << field << " " << i << " is " << type
                                   << ", which is not what buddy.signature says" << fromLowering;
  }
  return success();
}

LogicalResult checkForward(ModuleOp module) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward || forward.isDeclaration() || !forward.isPublic())
    return module.emitError("there is no public function @forward with a body") << fromPartition;

  std::optional<int64_t> elements = parameterElements(module);
  if (!elements)
    return module.emitError("buddy.parameters must be a list of dictionaries with a static type");
  auto params = RankedTensorType::get({*elements}, Float32Type::get(module.getContext()));
  if (forward.getNumArguments() == 0 || forward.getArgumentTypes()[0] != params)
    return forward.emitOpError() << "must take the parameters, " << params << ", first"
                                 << fromLowering;
  size_t symbols = symbolsOf(module).size();
  if (forward.getNumArguments() < 1 + symbols)
    return forward.emitOpError() << "must take the symbols of buddy.symbols last" << fromLowering;
  if (auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature"))
    if (failed(checkSignature(
            forward, signature, "inputs",
            TypeRange(forward.getArgumentTypes()).drop_front().drop_back(symbols))) ||
        failed(checkSignature(forward, signature, "outputs", forward.getResultTypes())))
      return failure();

  bool ok = true;
  int64_t calls = 0;
  forward.walk([&](func::CallOp call) {
    auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
    ++calls;
    if (!isSubgraph(call.getCallee()) || !callee) {
      call.emitOpError() << "@forward calls subgraphs only" << fromPartition;
      ok = false;
    } else if (callee.isDeclaration()) {
      call.emitOpError() << "@" << call.getCallee()
                         << " is declared but not defined here; give the file that defines it too";
      ok = false;
    }
  });
  if (ok && calls == 0)
    return forward.emitOpError() << "calls no subgraph" << fromPartition;
  return success(ok);
}

struct VerifyTosaContractPass : impl::VerifyTosaContractPassBase<VerifyTosaContractPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    markAllAnalysesPreserved();
    bool ok = true;
    for (Operation &op : *module.getBody()) {
      auto func = dyn_cast<func::FuncOp>(op);
      if (!func) {
        op.emitOpError() << "a module holds functions only" << fromLowering;
        ok = false;
      } else if (failed(checkBody(func)) || failed(checkComposite(func))) {
        ok = false;
      }
    }
    if (!ok || failed(checkForward(module)))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::frontend
