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

// An f16 or bf16 is the f32 that it is: nothing is computed in them.
class TosaTypes : public TypeConverter {
public:
  TosaTypes() {
    addConversion([](Type type) { return type; });
    addConversion([](RankedTensorType type) -> std::optional<Type> {
      if (graph::isHalf(type.getElementType()))
        return type.clone(Float32Type::get(type.getContext()));
      return std::nullopt;
    });
  }
};

// TOSA 1.1 has int64 as an extension, which a module declares that uses it.
void declareExtensions(ModuleOp module) {
  auto isWide = [](Type type) { return getElementTypeOrSelf(type).isInteger(64); };
  auto usesWide = [&](Operation *op) {
    return isa<tosa::TosaDialect>(op->getDialect()) &&
           (llvm::any_of(op->getOperandTypes(), isWide) ||
            llvm::any_of(op->getResultTypes(), isWide));
  };
  bool found = false;
  module.walk([&](Operation *op) { found |= usesWide(op); });
  if (found)
    module->setAttr(
        tosa::TargetEnvAttr::name,
        tosa::TargetEnvAttr::get(module.getContext(), tosa::SpecificationVersion::V_1_1_DRAFT,
                                 tosa::Level::none, {tosa::Profile::pro_int, tosa::Profile::pro_fp},
                                 {tosa::Extension::int64}));
}

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
    populateChecksToTosa(types, patterns);
    populateIndexingToTosa(types, patterns);
    populateReductionsToTosa(types, patterns);
    populateContractionsToTosa(types, patterns);
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    declareExtensions(module);
  }
};

} // namespace
} // namespace buddy::frontend
