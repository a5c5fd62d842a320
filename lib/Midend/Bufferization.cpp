// Stage 4: tensors -> memory.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::midend::buildBufferizationPipeline(OpPassManager &pm) {
  pm.addPass(createFunctionBoundariesPass());
  pm.addNestedPass<func::FuncOp>(createSeparateEmptiesPass());
  pm.addNestedPass<func::FuncOp>(createCutWriteChainsPass());
  // Results are computed where they end up, not copied there.
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  options.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  // States are changed in place: nothing of them is left to return.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createReturnNoStatesPass());
  pm.addPass(createResultsToArgumentsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(bufferization::createBufferLoopHoistingPass());
  pm.addPass(createPlaceInWorkspacePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createBufferContractPass());
}
