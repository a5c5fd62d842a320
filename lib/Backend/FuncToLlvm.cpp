// Stage func-to-llvm.

#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/OpenMPToLLVM/ConvertOpenMPToLLVM.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::backend::buildFuncToLlvmPipeline(OpPassManager &pm) {
  // All shapes are static, so a memref argument is a pointer; the sizes are in the code.
  ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(options));
  // Does not lower OpenMP, only the types of its operations: the translation to LLVM IR lowers it.
  // Last, because an omp region is legal only when nothing but LLVM types are left in it.
  pm.addPass(createConvertOpenMPToLLVMPass());
}
