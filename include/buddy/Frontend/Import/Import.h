// Reads a torch.export archive (.pt2) into the graph dialect. docs/contracts.md, section 1.
#pragma once

#include "buddy/Frontend/Import/ImportReport.h"
#include "buddy/Frontend/Import/WeightStore.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace buddy {

struct ImportedProgram {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::shared_ptr<WeightStore> weights;
};

// Every problem of the archive or the program in it is reported through the context's diagnostics:
// unsupported operations all together, grouped by op, with their Python lines. The module is
// verified. Outputs are numbered output0, output1, ... over the tensors the program returns; None
// is left out.
//
// With `report` the program's operations are counted there, and what is unsupported is listed there
// instead of reported.
mlir::FailureOr<ImportedProgram> importPt2(mlir::MLIRContext *context, llvm::StringRef path,
                                           ImportReport *report = nullptr);

} // namespace buddy
