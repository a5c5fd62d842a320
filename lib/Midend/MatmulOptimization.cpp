// Stage 5: contractions -> multiply-adds on registers.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::midend::buildMatmulOptimizationPipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createLowerContractionsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
