// Diagnostics as a user reads them: what is wrong, and the Python line it came from.
#pragma once

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace buddy {

// "model.py:83 (q_proj)"; empty if nothing is known.
std::string describeLocation(mlir::Location location);

// While it lives, the context's diagnostics go to `stream` in this form.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(mlir::MLIRContext *context, llvm::raw_ostream &stream);
  int errors() const { return errorCount; }

private:
  void print(mlir::Diagnostic &diagnostic, int indent);

  llvm::raw_ostream &stream;
  int errorCount = 0;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace buddy
