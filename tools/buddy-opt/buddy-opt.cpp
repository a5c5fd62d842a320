// buddy-opt: any pass or stage of the project, or of MLIR, alone, on a file.
#include "buddy/Package/CleanOnSignal.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  buddy::keepIgnoredSignals();
  mlir::DialectRegistry registry;
  buddy::registerDialects(registry);
  buddy::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Buddy Attention's optimizer driver\n", registry));
}
