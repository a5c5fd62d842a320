// Stage cf-to-llvm.

#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::backend::buildCfToLlvmPipeline(OpPassManager &pm) {
  // Structured loops inside OpenMP regions become blocks of the region; OpenMP's own loops stay.
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
}
