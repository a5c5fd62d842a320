// Writes what a compilation leaves behind: the package layer.buddy/, and arg0.data.
// docs/contracts.md, sections 4 to 6.
#pragma once

#include "buddy/Frontend/Import/WeightStore.h"
#include "buddy/Target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <string>

namespace buddy {

// Whose fault a failure is; with the tools' exit status.
enum class PackageFailure {
  Input,    // 1: a weight of the archive is damaged
  Usage,    // 2: the output path cannot be one (a file, a foreign folder, no parent folder)
  Io,       // 1: the file system refused (not writable, disk full)
  Internal, // 70: the module contradicts itself or docs/contracts.md
};

class PackageError : public llvm::ErrorInfo<PackageError> {
public:
  static char ID;
  PackageError(PackageFailure kind, std::string text) : kind(kind), text(std::move(text)) {}

  void log(llvm::raw_ostream &stream) const override { stream << text; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

  int exitStatus() const;

  const PackageFailure kind;
  const std::string text;
};

// Writes the package into the folder `output`: manifest.json, libmodel.so (a copy of the file
// `library`), params.bin and model.h. Each of `modules` is an entry. Reads their attributes
// buddy.entry, buddy.signature, buddy.parameters, buddy.params, buddy.params_bytes, and
// buddy.workspace_bytes or buddy.symbols; if there, buddy.schedules and buddy.flops. The last one's
// buddy.params are those of all.
//
// `output` is replaced in one step: whoever looks sees the old package or the new one, whole,
// whatever happens in between. A folder that is not a package, or holds files that are not a
// package's, is never replaced. The same module, weights and library give the same bytes. Errors
// are PackageErrors.
llvm::Error writePackage(llvm::ArrayRef<mlir::ModuleOp> modules, const WeightStore &weights,
                         const Target &target, llvm::StringRef library, llvm::StringRef output);

// Checks what can be checked of `output` before the compiler does its work.
llvm::Error checkPackageOutput(llvm::StringRef output);

// Writes arg0.data: the tensors of buddy.parameters back to back, little-endian f32, each
// row-major. Appears under its name only when it is whole. Errors are PackageErrors.
llvm::Error writeArg0(mlir::ModuleOp module, const WeightStore &weights, llvm::StringRef path);

} // namespace buddy
