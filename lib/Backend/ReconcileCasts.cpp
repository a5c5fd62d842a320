// Stage reconcile-casts.

#include "buddy/Backend/Passes.h"
#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::backend::buildReconcileCastsPipeline(OpPassManager &pm) {
  pm.addPass(createReconcileUnrealizedCastsPass());
  // The descriptors of memrefs are put together and taken apart again at every use; folding that
  // leaves code a person can read.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyLlvmContractPass());
}
