// The function by which the runtime enters a compiled model.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace buddy::backend {

// What the midend leaves in a module with symbols beside `forward`: the bytes of workspace that a
// run needs, as a function of the symbols' values.
inline constexpr llvm::StringLiteral kForwardWorkspaceBytes = "forward_workspace_bytes";

// An error unless the module has an llvm.func `forward` with a body that takes what
// `buddy.signature` and `buddy.symbols` ask for (params, inputs..., states..., symbols...,
// outputs..., workspace: an i64 a symbol, pointers for the rest) and returns nothing; and, if there
// are symbols, an llvm.func `forward_workspace_bytes` with a body that takes an i64 a symbol and
// returns an i64.
llvm::Error checkLlvmForward(mlir::ModuleOp module);

// Adds to a module of the LLVM dialect
//   void buddy_entry_forward(ptr params, ptr inputs, ptr states, ptr outputs, ptr workspace,
//                            ptr symbols)
// which loads the tensors' addresses from the three arrays, and the symbols' values from the last
// one, and calls `forward`. If there are symbols, also
//   i64 buddy_workspace_forward(ptr symbols)
// which calls `forward_workspace_bytes`. An error if checkLlvmForward finds one, or if a name is
// taken.
llvm::Error addEntryPoint(mlir::ModuleOp module);

} // namespace buddy::backend
