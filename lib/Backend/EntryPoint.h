// The function by which the runtime enters a compiled model.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace buddy::backend {

// An error unless the module has an llvm.func `forward` with a body that takes the pointers which
// `buddy.signature` asks for (params, inputs..., states..., outputs..., workspace) and returns
// nothing.
llvm::Error checkLlvmForward(mlir::ModuleOp module);

// Adds to a module of the LLVM dialect
//   void buddy_entry_forward(ptr params, ptr inputs, ptr states, ptr outputs, ptr workspace)
// which loads the tensors' addresses from the three arrays and calls `forward`. An error if
// checkLlvmForward finds one, or if the name is taken.
llvm::Error addEntryPoint(mlir::ModuleOp module);

} // namespace buddy::backend
