// Stage 7: scf.forall -> OpenMP; marks for the profile.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::midend::buildParallelizationPipeline(OpPassManager &pm) {
  // Kernels are marked while loops still say what they came from; threads when there are any.
  pm.addPass(createMarkKernelsPass());
  pm.addPass(createForallToOpenMPPass());
  pm.addPass(createMarkThreadsPass());
}
