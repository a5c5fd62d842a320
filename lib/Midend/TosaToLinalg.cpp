// Stage 1: TOSA and composites -> linalg on tensors and attn.
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Stages.h"
#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Conversion/TosaToSCF/TosaToSCF.h"
#include "mlir/Conversion/TosaToTensor/TosaToTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void buddy::midend::buildTosaToLinalgPipeline(OpPassManager &pm) {
  // First, while the composites are still calls.
  pm.addPass(createCompositesToAttnPass());
  OpPassManager &func = pm.nest<func::FuncOp>();
  func.addPass(tosa::createTosaToLinalgNamed());
  // Folds the shapes that the next conversion wants as constants.
  func.addPass(createCanonicalizerPass());
  func.addPass(createTosaToSCFPass()); // scatter: rows into a tensor, one by one
  func.addPass(tosa::createTosaToLinalg());
  func.addPass(createTosaToArithPass());
  func.addPass(createTosaToTensorPass());
  func.addPass(createResolveSizesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
