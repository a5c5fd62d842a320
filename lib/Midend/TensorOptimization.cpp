// Stage 3: layout, schedule, tiles and vectors, all on tensors.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

static void cleanUp(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void buddy::midend::buildTensorOptimizationPipeline(OpPassManager &pm, const Target &target,
                                                    std::shared_ptr<ScheduleFile> schedules) {
  pm.addNestedPass<func::FuncOp>(createFoldIntoContractionsPass());
  pm.addNestedPass<func::FuncOp>(createFoldQueryGroupsPass({.cores = target.cores}));
  pm.addNestedPass<func::FuncOp>(createSplitSumsPass());
  cleanUp(pm);
  // After the fusions above, which keep most booleans from ever being a tensor.
  pm.addPass(createBoolsToBytesPass());
  pm.addPass(createPackParametersPass({.lanes = target.f32Lanes()}));
  cleanUp(pm);
  pm.addPass(createCountFlopsPass());
  pm.addNestedPass<func::FuncOp>(createSelectSchedulePass(
      {.lanes = target.f32Lanes(), .registers = target.vectorRegisters, .cores = target.cores}));
  OverrideSchedulesPassOptions limits;
  limits.lanes = target.f32Lanes();
  limits.registers = target.vectorRegisters;
  pm.addPass(createOverrideSchedulesPass(std::move(schedules), limits));
  pm.addPass(createRecordSchedulesPass());
  // Attention first: the ops it is made of carry schedules of their own for the next pass.
  pm.addNestedPass<func::FuncOp>(createTileAttentionPass());
  pm.addNestedPass<func::FuncOp>(createTileOpsPass());
  pm.addNestedPass<func::FuncOp>(createResolveSizesPass());
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(createVectorizeTilesPass());
  pm.addNestedPass<func::FuncOp>(createWriteFullRankPass());
  cleanUp(pm);
  pm.addPass(createTensorContractPass());
}
