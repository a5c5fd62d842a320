// The first errors of a contract in full, the rest as a number.

#include "ContractReport.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace buddy::backend;

void ContractReport::error(Operation *op, const llvm::Twine &what, llvm::StringRef stageToBlame) {
  if (++errors > shownErrors)
    return;
  // At the location only: Operation::emitError would print the operation, here often all functions.
  InFlightDiagnostic diagnostic = mlir::emitError(op->getLoc());
  if (!isa<SymbolOpInterface>(op))
    diagnostic << "'" << op->getName().getStringRef() << "': ";
  diagnostic << what << " (stage to blame: " << stageToBlame << ")";
}

LogicalResult ContractReport::finish() {
  if (errors == 0)
    return success();
  InFlightDiagnostic diagnostic = mlir::emitError(root->getLoc());
  diagnostic << "the IR after stage " << fromStage << " breaks its contract in " << errors
             << (errors == 1 ? " place" : " places");
  if (errors > shownErrors)
    diagnostic << ", of which " << shownErrors << " are shown";
  diagnostic.attachNote(root->getLoc())
      << "to repeat, save the stages (--save-stages) and run 'buddy-opt --" << pass
      << "' on the IR of stage " << fromStage;
  return failure();
}
