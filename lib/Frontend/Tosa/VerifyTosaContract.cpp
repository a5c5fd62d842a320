// The pass buddy-tosa-contract: what leaves the frontend, docs/contracts.md section 3.
#include "VerifyComposites.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
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
      } else if (failed(checkBody(func)) || failed(verifyComposite(func))) {
        ok = false;
      }
    }
    if (!ok || failed(checkForward(module)))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::frontend
