// What graph_fused.log promises to the TOSA room. docs/contracts.md, section 2.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_VERIFYGRAPHCONTRACTPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// The user's own fault, at the Python line alone: no dump of the op.
LogicalResult verifyType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return emitError(op->getLoc())
           << "type " << type << ": only tensors of fixed shape are supported for "
           << "now (export without dynamic_shapes)";
  Type element = tensor.getElementType();
  if (!element.isF32() && !element.isF64() && !isHalf(element) && !element.isInteger(64) &&
      !element.isInteger(32) && !element.isInteger(1))
    return emitError(op->getLoc(), "element type ")
           << element << " is not supported; use float32, float64, int64, int32 or bool";
  return success();
}

LogicalResult verifyTypes(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (failed(verifyType(op, type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(verifyType(op, type)))
      return failure();
  return success();
}

LogicalResult blame(Operation *op, StringRef pass, const Twine &what) {
  return op->emitError() << what << " (graph contract; " << pass << " is to blame)";
}

LogicalResult verifyForward(func::FuncOp forward, ArrayRef<func::FuncOp> subgraphs) {
  llvm::StringSet<> called;
  for (Operation &op : forward.getBody().front()) {
    if (auto call = dyn_cast<func::CallOp>(op)) {
      called.insert(call.getCallee());
      if (llvm::none_of(subgraphs,
                        [&](func::FuncOp one) { return one.getName() == call.getCallee(); }))
        return blame(call, "buddy-graph-partition",
                     "@forward calls something else than @subgraph0, @subgraph1, ...");
    } else if (auto cat = dyn_cast<CatOp>(op)) {
      for (Value input : cat.getInputs())
        if (!isa_and_nonnull<ParamOp>(input.getDefiningOp()))
          return blame(&op, "buddy-graph-partition", "@forward may join parameters only");
    } else if (!isa<ParamOp, func::ReturnOp>(op)) {
      return blame(&op, "buddy-graph-partition",
                   "@forward may hold parameters, their joins, calls and the return only");
    }
  }
  for (func::FuncOp subgraph : subgraphs)
    if (!called.contains(subgraph.getName()))
      return blame(forward, "buddy-graph-partition", "@forward must call @" + subgraph.getName());
  return success();
}

LogicalResult verifySubgraph(func::FuncOp subgraph) {
  bool ok = true; // all problems in one go, once a Python line
  DenseSet<Location> reported;
  for (Operation &op : subgraph.getBody().front()) {
    if (isa<func::ReturnOp>(op))
      continue;
    if (!isa_and_nonnull<GraphDialect>(op.getDialect()))
      ok &= succeeded(blame(&op, "buddy-graph-partition", "a subgraph may hold graph ops only"));
    else if (isa<ParamOp>(op))
      ok &= succeeded(blame(&op, "buddy-graph-partition", "a subgraph must not read parameters"));
    else if (isa<SdpaOp>(op))
      ok &= succeeded(blame(&op, "buddy-graph-fuse-attention", "graph.sdpa is left"));
    else if (!reported.contains(op.getLoc()) && failed(verifyTypes(&op))) {
      reported.insert(op.getLoc());
      ok = false;
    }
  }
  return success(ok);
}

struct VerifyGraphContractPass : impl::VerifyGraphContractPassBase<VerifyGraphContractPass> {
  LogicalResult verify(ModuleOp module) {
    func::FuncOp forward;
    SmallVector<func::FuncOp> subgraphs;
    for (Operation &op : *module.getBody()) {
      auto function = dyn_cast<func::FuncOp>(op);
      if (!function || function.isExternal() || !function.getBody().hasOneBlock())
        return blame(&op, "buddy-graph-partition", "only functions of one block may be here");
      if (function.getName() == "forward")
        forward = function;
      else if (function.getName() == "subgraph" + std::to_string(subgraphs.size()))
        subgraphs.push_back(function);
      else
        return blame(&op, "buddy-graph-partition",
                     "only @forward and @subgraph0, @subgraph1, ... may be here, in this order");
      for (Type type : function.getArgumentTypes())
        if (failed(verifyType(function, type)))
          return failure();
    }
    if (!forward || subgraphs.empty())
      return blame(module, "buddy-graph-partition", "@forward and @subgraph0 must be here");
    bool ok = succeeded(verifyForward(forward, subgraphs));
    for (func::FuncOp subgraph : subgraphs) {
      if (!subgraph.isPrivate())
        return blame(subgraph, "buddy-graph-partition", "a subgraph must be private");
      ok &= succeeded(verifySubgraph(subgraph));
    }
    return success(ok);
  }

  void runOnOperation() override {
    if (failed(verify(getOperation())))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
