// Collects everything of a program that cannot be compiled, to say it in one go.
#pragma once

#include "buddy/Frontend/Import/ExportedProgram.h"
#include "buddy/Frontend/Import/ImportReport.h"
#include "mlir/IR/MLIRContext.h"

namespace buddy {

class UnsupportedReport {
public:
  // `target` cannot be compiled for `reason`; `advice` says what the user can do.
  void add(llvm::StringRef target, llvm::StringRef reason, llvm::StringRef advice,
           const pt2::Node &node);
  bool empty() const { return groups.empty(); }
  // The same as data.
  std::vector<UnsupportedOperation> list() const;

  // One error at the first use, with a note for each operation and reason, and under it one for
  // each of its uses: file, line, source and module.
  void emit(mlir::MLIRContext *context) const;

private:
  struct Group {
    std::string target, reason, advice;
    std::vector<const pt2::Node *> uses;
  };
  std::vector<Group> groups; // in the order of their first use
};

} // namespace buddy
