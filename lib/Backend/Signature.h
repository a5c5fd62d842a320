// The user's inputs and outputs and the program's states, as the module attribute `buddy.signature`
// lists them.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>

namespace buddy::backend {

struct SignatureEntry {
  std::string name;            // "hidden_states"
  mlir::RankedTensorType type; // as exported: i64 and i1 are i32 and i8 in memory
};

struct Signature {
  llvm::SmallVector<SignatureEntry> inputs, states, outputs;

  // forward(params, inputs..., states..., outputs..., workspace)
  size_t numForwardArguments() const { return inputs.size() + states.size() + outputs.size() + 2; }
};

// An error if the attribute is absent or not of the form of docs/contracts.md, section 1.
llvm::Expected<Signature> readSignature(mlir::ModuleOp module);

} // namespace buddy::backend
