// Stage vector-to-llvm.

#include "buddy/Backend/Passes.h"
#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::backend::buildVectorToLlvmPipeline(OpPassManager &pm) {
  // What is wrong with the input is said in the terms of the stage that made it.
  pm.addPass(createVerifyBackendContractPass());
  // Bare pointers have no sizes with them.
  pm.addPass(createFlattenArgumentsPass());
  // Follows loads and stores through memrefs, so it runs while there are memrefs.
  pm.addPass(createAnnotateArgumentsPass());
  // The conversion to LLVM takes transfers of rank 1 and unit stride; the others become several.
  pm.addPass(createConvertVectorToSCFPass(VectorTransferToSCFOptions().enableFullUnroll()));
  ConvertVectorToLLVMPassOptions options;
  // A sum over a vector may be a tree: faster than one by one, and its error is smaller.
  options.reassociateFPReductions = true;
  pm.addPass(createConvertVectorToLLVMPass(options));
  pm.addPass(createFuseMultiplyAddsPass());
}
