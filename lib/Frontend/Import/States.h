// The states of an archive's programs: what one of them changes and they keep from run to run.
#pragma once

#include "buddy/Frontend/Import/GraphImporter.h"
#include "buddy/Frontend/Import/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy {

// A program of an archive that has been read, not yet imported.
struct ReadProgram {
  std::string entry;
  pt2::Program program;
  std::shared_ptr<WeightStore> weights;
  // Names of its inputs that are changed: by itself, and after findStates() by any program.
  llvm::StringSet<> changed;
};

// What one program changes is a state of all that use it, under whatever name they have it. Fails,
// which is emitted, where a program would not see the change: its own tensor is another part of the
// same memory, or the same under a second name.
mlir::LogicalResult findStates(mlir::MLIRContext *context,
                               llvm::MutableArrayRef<ReadProgram> programs);

// Returns the new values of all states after the outputs.
mlir::LogicalResult returnStates(mlir::OpBuilder &b, mlir::func::FuncOp forward,
                                 const Signature &signature, const pt2::Graph &graph,
                                 GraphImporter &importer, GraphImporter::Scope &scope);

struct ProgramStates {
  mlir::func::FuncOp forward;
  Signature *signature;
};

// Leaves out the states whose value no run of any program depends on, being written before they are
// read, and of each program those that it neither reads nor writes. Numbers the others.
void keepStates(mlir::MutableArrayRef<ProgramStates> programs);

} // namespace buddy
