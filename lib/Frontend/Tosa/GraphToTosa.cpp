// The pass buddy-graph-to-tosa: parameters, composites, then one dialect conversion for the rest.
#include "Patterns.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Tosa/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;

namespace buddy::frontend {
#define GEN_PASS_DEF_GRAPHTOTOSAPASS
#include "buddy/Frontend/Tosa/Passes.h.inc"

namespace {

// TOSA has no i64: the runtime narrows i64 inputs to i32 at the call, range-checked. An f16 or bf16
// is the f32 that it is: nothing is computed in them.
class TosaTypes : public TypeConverter {
public:
  TosaTypes() {
    addConversion([](Type type) { return type; });
    addConversion([](RankedTensorType type) -> std::optional<Type> {
      if (type.getElementType().isInteger(64))
        return type.clone(IntegerType::get(type.getContext(), 32));
      if (graph::isHalf(type.getElementType()))
        return type.clone(Float32Type::get(type.getContext()));
      return std::nullopt;
    });
  }
};

struct GraphToTosaPass : impl::GraphToTosaPassBase<GraphToTosaPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(checkExpressible(module)) || failed(lowerParams(module)) ||
        failed(outlineComposites(module)))
      return signalPassFailure();

    TosaTypes types;
    ConversionTarget target(getContext());
    target.addLegalOp<ModuleOp>();
    target.addLegalDialect<tosa::TosaDialect>();
    // What TOSA cannot say of sizes that each run chooses.
    target.addLegalDialect<arith::ArithDialect, linalg::LinalgDialect, scf::SCFDialect,
                           tensor::TensorDialect>();
    target.addIllegalDialect<graph::GraphDialect>();
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp func) {
      return types.isSignatureLegal(func.getFunctionType()) && types.isLegal(&func.getBody());
    });
    target.addDynamicallyLegalOp<func::CallOp, func::ReturnOp>(
        [&](Operation *op) { return types.isLegal(op); });

    RewritePatternSet patterns(&getContext());
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
    populateCallOpTypeConversionPattern(patterns, types);
    populateReturnOpTypeConversionPattern(patterns, types);
    populateConstantsToTosa(types, patterns);
    populateElementwiseToTosa(types, patterns);
    populateComparisonsToTosa(types, patterns);
    populateViewsToTosa(types, patterns);
    populateIndexingToTosa(types, patterns);
    populateReductionsToTosa(types, patterns);
    populateContractionsToTosa(types, patterns);
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::frontend
