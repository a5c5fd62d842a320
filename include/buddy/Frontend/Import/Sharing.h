// Which results of an operation share memory with an operand: PyTorch's own rules, which look at
// sizes and strides.
#pragma once

#include "buddy/Frontend/Import/ExportedProgram.h"
#include "llvm/ADT/SmallVector.h"

namespace buddy {

enum class Sharing {
  None,    // a new tensor
  View,    // the operand's memory, whole or in part
  Unknown, // one of both: that depends on the sizes that each run chooses
};

struct SharedResult {
  llvm::StringRef result, operand; // names
  Sharing sharing;
};

// The results of `node`, which need not be an operation of the table, that are or can be in the
// memory of an operand. Those of an operation in place are its first operand.
llvm::SmallVector<SharedResult> sharedResults(const pt2::Node &node, const pt2::Graph &graph);

} // namespace buddy
