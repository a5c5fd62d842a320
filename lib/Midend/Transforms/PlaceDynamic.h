// The workspace of a function with symbols: its ranges are as long as a run makes them.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace buddy {

// A buffer and the positions of the function's top-level ops between which it is alive.
struct LiveBuffer {
  mlir::memref::AllocOp op;
  int64_t firstUse, lastUse;
};

// How much workspace a callee needs, if that is known when compiling.
using KnownNeed = llvm::function_ref<std::optional<int64_t>(mlir::func::FuncOp)>;

// The name of the function that says how much workspace `func` needs.
std::string workspaceFunction(mlir::func::FuncOp func);

// Gives `func`, which has symbols, a workspace argument of which its buffers and its callees'
// become ranges, and the module the function workspaceFunction(func). Callees have been placed
// already.
llvm::LogicalResult placeDynamic(mlir::func::FuncOp func, llvm::ArrayRef<LiveBuffer> buffers,
                                 KnownNeed knownNeed);

} // namespace buddy
