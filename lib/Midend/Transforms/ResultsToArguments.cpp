// Results are written to memory that the caller gives.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassManager.h"

namespace buddy {
#define GEN_PASS_DEF_RESULTSTOARGUMENTSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

static bool hasDynamicResult(func::FuncOp func) {
  return llvm::any_of(func.getResultTypes(), [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return memref && !memref.hasStaticShape();
  });
}

namespace {
struct ResultsToArguments : buddy::impl::ResultsToArgumentsPassBase<ResultsToArguments> {
  // Memory for a result of `callee`, made by the caller.
  FailureOr<Value> allocate(OpBuilder &b, func::CallOp call, func::FuncOp callee, unsigned result) {
    auto type = cast<MemRefType>(callee.getResultTypes()[result]);
    auto sizes = callee.getResultAttrOfType<AffineMapAttr>(result, "buddy.sizes");
    SmallVector<Value> symbols, dynamic;
    for (BlockArgument symbol : symbolArguments(callee))
      symbols.push_back(call.getOperand(symbol.getArgNumber()));
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      bool isNamed = sizes && int64_t(sizes.getAffineMap().getNumResults()) == type.getRank();
      dynamic.push_back(
          isNamed ? expressionValue(b, call.getLoc(), sizes.getAffineMap().getResult(dim), symbols)
                  : Value());
      if (!dynamic.back())
        return callee.emitError("result ")
               << result << " has a size that each run chooses and no buddy.sizes that says which";
    }
    return memref::AllocOp::create(b, call.getLoc(), type, dynamic).getResult();
  }

  LogicalResult convert(func::FuncOp func, ArrayRef<func::CallOp> calls) {
    SmallVector<unsigned> results;
    for (auto [i, type] : llvm::enumerate(func.getResultTypes())) {
      auto memref = dyn_cast<MemRefType>(type);
      if (!memref || !memref.getLayout().isIdentity())
        return func.emitError("result ") << i << " is " << type << ", which is not plain memory";
      results.push_back(i);
    }
    for (func::CallOp call : calls) {
      OpBuilder b(call);
      SmallVector<Value> operands(call.getOperands());
      for (unsigned i : results) {
        FailureOr<Value> memory = allocate(b, call, func, i);
        if (failed(memory))
          return failure();
        operands.push_back(*memory);
        call.getResult(i).replaceAllUsesWith(*memory);
      }
      func::CallOp::create(b, call.getLoc(), call.getCallee(), TypeRange(), operands);
      call.erase();
    }
    auto ret = cast<func::ReturnOp>(func.getBody().back().getTerminator());
    for (unsigned i : results) {
      NamedAttrList attributes;
      if (Attribute sizes = func.getResultAttr(i, "buddy.sizes"))
        attributes.set("buddy.sizes", sizes);
      unsigned at = func.getNumArguments();
      if (failed(func.insertArgument(at, func.getResultTypes()[i],
                                     attributes.getDictionary(&getContext()), func.getLoc())))
        return failure();
      OpBuilder b(ret);
      memref::CopyOp::create(b, ret.getLoc(), ret.getOperand(i), func.getArgument(at));
    }
    ret->setOperands({});
    return func.eraseResults(llvm::BitVector(func.getNumResults(), true));
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (llvm::none_of(module.getOps<func::FuncOp>(), hasDynamicResult)) {
      OpPassManager upstream(ModuleOp::getOperationName());
      bufferization::BufferResultsToOutParamsPassOptions options;
      options.hoistStaticAllocs = true;
      options.modifyPublicFunctions = true;
      upstream.addPass(bufferization::createBufferResultsToOutParamsPass(options));
      if (failed(runPipeline(upstream, module)))
        signalPassFailure();
      return;
    }
    for (auto func : module.getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      SmallVector<func::CallOp> calls;
      module.walk([&](func::CallOp call) {
        if (call.getCallee() == func.getName())
          calls.push_back(call);
      });
      if (failed(convert(func, calls)))
        return signalPassFailure();
    }
  }
};
} // namespace
