// From a module of the LLVM dialect to an object file.
#pragma once

#include "buddy/Target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <string>

namespace buddy {

struct ObjectOptions {
  int optLevel = 3;         // 0 to 3, as -O
  std::string saveLlvmIr;   // a file for the optimized LLVM IR; empty: not written
  std::string saveAssembly; // a file for the assembly; empty: not written
};

// The symbol that the object file shows to the outside, of a program of the entry `forward`
// (the module attribute buddy.entry names another):
//   void buddy_entry_forward(const void *params, const void *const *inputs, void *const *states,
//                            void *const *outputs, void *workspace, const int64_t *symbols);
// params and workspace are aligned to 64 bytes, and neither overlaps anything else; states and
// outputs overlap neither inputs nor each other. It may be called from several threads at once,
// each call with a workspace and outputs of its own: libomp gives each calling thread its own team,
// of as many threads as that caller has set with omp_set_num_threads. `symbols` are the values of
// buddy.symbols, and is not read if there are none.
std::string entrySymbol(mlir::ModuleOp module);

// What is seen beside it of a program with symbols, the bytes of workspace for their values:
//   int64_t buddy_workspace_forward(const int64_t *symbols);
std::string workspaceSymbol(mlir::ModuleOp module);

// And of one whose kernels are marked, what they call while it is not null:
//   int64_t (*buddy_profile_forward)(int64_t token, int32_t kernel, int32_t event);
std::string profileSymbol(mlir::ModuleOp module);

// Writes `llvmDialectModule` (section 5 of docs/contracts.md: llvm and omp, `forward` with the
// arguments of `buddy.signature`) as a position-independent object file for `target`. The module
// is not changed. The same module, target and options give the same bytes. An error says which step
// failed (with the error code of the system if a file cannot be written); what MLIR finds wrong
// goes to the context's diagnostics.
llvm::Error emitObject(mlir::ModuleOp llvmDialectModule, const Target &target,
                       const ObjectOptions &options, const std::string &objectPath);

} // namespace buddy
