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

// An archive can hold several programs that share parameters and states, as the prefill and the
// decoding step of a model.
struct ImportedArchive {
  struct Program {
    std::string entry; // "forward" for torch.export.save's "model", else the program's name
    mlir::OwningOpRef<mlir::ModuleOp> module;
  };
  std::vector<Program> programs;
  // Of all programs. What has one name is one tensor; a constant that is not is renamed.
  std::shared_ptr<WeightStore> weights;
};

// The module attribute that names a program's entry; absent for "forward".
inline constexpr llvm::StringLiteral kEntryAttr = "buddy.entry";

// Every problem of the archive or the program in it is reported through the context's diagnostics:
// unsupported operations all together, grouped by op, with their Python lines. The module is
// verified. Outputs are numbered output0, output1, ... over the tensors the program returns; None
// is left out.
//
// With `report` the program's operations are counted there, and what is unsupported is listed there
// instead of reported.
// An archive of several programs is an error here.
mlir::FailureOr<ImportedProgram> importPt2(mlir::MLIRContext *context, llvm::StringRef path,
                                           ImportReport *report = nullptr);

struct ImportOptions {
  bool numberValues = false; // for Observe: names in buddy.values, numbers as columns of lines
};

// All programs of the archive. With `reports` each has its own there, by its place.
mlir::FailureOr<ImportedArchive> importArchive(mlir::MLIRContext *context, llvm::StringRef path,
                                               std::vector<ImportReport> *reports = nullptr,
                                               const ImportOptions &options = {});

} // namespace buddy
