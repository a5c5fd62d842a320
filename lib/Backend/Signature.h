// The user's inputs and outputs, the program's states and its symbols, as the module attributes
// `buddy.signature` and `buddy.symbols` list them.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>

namespace buddy::backend {

struct SignatureEntry {
  std::string name;            // "hidden_states"
  mlir::RankedTensorType type; // as exported: i1 is i8 in memory
};

struct Signature {
  llvm::SmallVector<SignatureEntry> inputs, states, outputs;
  llvm::SmallVector<std::string> symbols; // "s64": sizes that each run has its own values for

  // forward(params, inputs..., states..., symbols..., outputs..., workspace)
  size_t numForwardArguments() const {
    return inputs.size() + states.size() + symbols.size() + outputs.size() + 2;
  }
  // Where the symbols begin among them.
  size_t firstSymbolArgument() const { return 1 + inputs.size() + states.size(); }
};

// An error if buddy.signature is absent, or one of them is not of the form of docs/contracts.md,
// sections 1 and 5.
llvm::Expected<Signature> readSignature(mlir::ModuleOp module);

} // namespace buddy::backend
