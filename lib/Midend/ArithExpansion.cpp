// Stage 2: integer, min/max and rounding forms.
#include "buddy/Midend/Stages.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::midend::buildArithExpansionPipeline(OpPassManager &pm) {
  pm.addPass(arith::createArithExpandOpsPass({.includeBf16 = true}));
  pm.addPass(createCanonicalizerPass());
}
