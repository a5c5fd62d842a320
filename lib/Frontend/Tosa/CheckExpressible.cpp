// What TOSA cannot express, found before anything is rewritten so that all of it is reported at
// once.
#include "Patterns.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

// Why a value of this type cannot be in a TOSA program, or an empty string.
static std::string typeProblem(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::string text;
  llvm::raw_string_ostream out(text);
  if (!tensor) {
    out << "TOSA knows only tensors with a rank, this is '" << type << "'";
    return text;
  }
  if (!tensor.hasStaticShape()) {
    out << "dynamic sizes are not supported, this is '" << type
        << "'; export the model with fixed shapes";
    return text;
  }
  if (tensor.getNumElements() == 0) {
    out << "TOSA has no tensors without elements, this is '" << type << "'";
    return text;
  }
  if (tensor.getEncoding()) {
    out << "tensors with an encoding are not supported, this is '" << type << "'";
    return text;
  }
  Type element = tensor.getElementType();
  if (!element.isF32() && !element.isF64() && !graph::isHalf(element) && !element.isInteger(64) &&
      !element.isInteger(32) && !element.isInteger(1))
    out << "element type '" << element << "' is not supported, only float32, float64, int64, int32 "
        << "and bool are; export the model in float32";
  return text;
}

// Why this op cannot be said in TOSA although its types can, or an empty string.
static std::string opProblem(Operation *op) {
  auto element = [](Value value) { return getElementTypeOrSelf(value.getType()); };
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<graph::NegOp, graph::AbsOp>([&](auto neg) {
        return element(neg.getInput()).isInteger(1) ? "not defined on booleans" : "";
      })
      .Case([&](graph::SubOp sub) {
        return element(sub.getLhs()).isInteger(1)
                   ? "not defined on booleans, PyTorch has logical_xor for it"
                   : "";
      })
      .Case([&](graph::SumOp sum) {
        return element(sum.getInput()).isInteger(1)
                   ? "a sum of booleans needs a graph.convert to an integer first"
                   : "";
      })
      .Case([&](graph::MeanOp mean) {
        return isa<FloatType>(element(mean.getInput())) ? "" : "the mean is defined on floats only";
      })
      .Case([](graph::SdpaOp) {
        return "not fused to graph.attention; run --buddy-graph-fuse-attention before "
               "--buddy-graph-to-tosa";
      })
      .Case([](graph::ConstantOp constant) { return constantProblem(constant.getValue()); })
      .Case([](graph::ArangeOp arange) { return arangeProblem(arange); })
      .Default([](Operation *) { return ""; });
}

// Arguments have the location of the Python parameter and its name.
static LogicalResult checkSignature(func::FuncOp func) {
  bool ok = true;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes())) {
    std::string problem = typeProblem(type);
    if (problem.empty())
      continue;
    Location loc = func.isExternal() ? func.getLoc() : func.getArgument(i).getLoc();
    InFlightDiagnostic error = emitError(loc) << "argument " << i;
    if (auto name = func.getArgAttrOfType<StringAttr>(i, "buddy.name"))
      error << " ('" << name.getValue() << "')";
    error << " of @" << func.getName() << ": " << problem;
    ok = false;
  }
  for (auto [i, type] : llvm::enumerate(func.getResultTypes())) {
    std::string problem = typeProblem(type);
    if (problem.empty())
      continue;
    emitError(func.getLoc()) << "result " << i << " of @" << func.getName() << ": " << problem;
    ok = false;
  }
  return success(ok);
}

LogicalResult buddy::frontend::checkExpressible(ModuleOp module) {
  bool ok = true;
  auto report = [&](Operation *op, const std::string &problem) {
    if (problem.empty())
      return;
    op->emitOpError(problem);
    ok = false;
  };

  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<ModuleOp>(op))
      return;
    StringRef dialect = op->getName().getDialectNamespace();
    if (dialect == "tosa")
      return;
    if (auto func = dyn_cast<func::FuncOp>(op)) {
      ok &= succeeded(checkSignature(func));
      return;
    }
    if (dialect != "graph" && !isa<func::CallOp, func::ReturnOp>(op))
      return report(op, "belongs to neither the graph dialect nor func nor TOSA");
    // Arguments and earlier results have been reported where they were made.
    for (Type type : op->getResultTypes()) {
      std::string problem = typeProblem(type);
      if (!problem.empty())
        return report(op, problem);
    }
    report(op, opProblem(op));
  });
  return success(ok);
}
