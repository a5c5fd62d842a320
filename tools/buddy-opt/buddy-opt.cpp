// buddy-opt: any pass or stage of the project, or of MLIR, alone, on a file.
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  buddy::registerDialects(registry);
  buddy::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Buddy Attention's optimizer driver\n", registry));
}
