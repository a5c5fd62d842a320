// Collects what a contract pass finds, so that a broken module gives a page and not a flood.
#pragma once

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/Twine.h"

namespace buddy::backend {

class ContractReport {
public:
  // pass: the contract's flag; fromStage: the stage whose output was checked.
  ContractReport(mlir::Operation *root, llvm::StringRef pass, llvm::StringRef fromStage)
      : root(root), pass(pass), fromStage(fromStage) {}

  // An error at `op`: what is wrong, and the stage that should have prevented it.
  void error(mlir::Operation *op, const llvm::Twine &what, llvm::StringRef stageToBlame);

  // Says how many errors were left out and how to repeat the check; whether there was none.
  mlir::LogicalResult finish();

private:
  static constexpr unsigned shownErrors = 10;

  mlir::Operation *root;
  llvm::StringRef pass, fromStage;
  unsigned errors = 0;
};

} // namespace buddy::backend
