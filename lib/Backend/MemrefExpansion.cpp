// Stage memref-expansion.

#include "buddy/Backend/Passes.h"
#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::backend::buildMemrefExpansionPipeline(OpPassManager &pm) {
  // Needs the strides in the memref types, which the next pass takes apart.
  pm.addPass(createExpandStridedCopyPass());
  // Upstream's next pass, in MLIR 22.1.8, crashes on them.
  pm.addPass(createExpandDynamicShapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  // Expanding views leaves their offsets as affine.apply.
  pm.addPass(createLowerAffinePass());
  // Before scf-to-cf (stage cf-to-llvm): a memref.alloca_scope must still be a single block.
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
}
