// Stage 7: scf.forall -> OpenMP.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::midend::buildParallelizationPipeline(OpPassManager &pm) {
  pm.addPass(createForallToOpenMPPass());
}
