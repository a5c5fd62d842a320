// The passes of the graph room: evaluate, fuse, partition, contract.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/Error.h"
#include <functional>

namespace buddy::graph {

// Puts the named buffer's elements, row-major and contiguous, into `out` (its size in bytes is that
// of the buffer's type), or says why it cannot.
using ReadBuffer =
    std::function<llvm::Error(llvm::StringRef name, llvm::MutableArrayRef<char> out)>;

#define GEN_PASS_DECL
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

// As the generated one, with the bytes of buffers and lifted constants. A null callback leaves them
// alone.
std::unique_ptr<mlir::Pass> createEvaluateConstantsPass(ReadBuffer readBuffer, bool masks = true);

#define GEN_PASS_REGISTRATION
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

} // namespace buddy::graph
