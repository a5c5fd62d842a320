// Stage arith-to-llvm.

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "buddy/Backend/Stages.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

void buddy::backend::buildArithToLlvmPipeline(OpPassManager &pm) {
  // The four do not depend on each other: each takes its own dialect and leaves the rest.
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
}
