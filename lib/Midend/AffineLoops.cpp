// Stage 6: what is left in linalg -> affine loops.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::midend::buildAffineLoopsPipeline(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createLowerLeftoversPass());
  pm.addPass(createCanonicalizerPass());
  // No affine loop fusion: in MLIR 22.1.8 it does not see that a view aliases its buffer and
  // miscompiles a bufferized softmax.
  pm.addPass(createCSEPass());
}
