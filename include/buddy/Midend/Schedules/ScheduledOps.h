// The ops of a module that schedules are chosen for, and the names by which people know them.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace buddy {

struct ScheduledOp {
  mlir::Operation *op;
  std::string name;     // "subgraph0.contraction0": the function, the kind, its number there
  std::string function; // "subgraph0"
  std::string kind;     // "contraction", "attention", "elementwise", "reduction"
  // Its loops, outermost first, as people call them, and how long they are: (panel, row, lane, k)
  // of a contraction with packed weights, (batch, head, query, key, depth, value_depth) of
  // attention.
  std::vector<std::string> loops;
  llvm::SmallVector<int64_t> extents; // 0: as long as each run chooses
};

// Every contraction, attention and other linalg.generic on tensors, in program order. An op
// is counted whether or not it has a schedule, so that its name does not depend on the target.
std::vector<ScheduledOp> listScheduledOps(mlir::ModuleOp module);

} // namespace buddy
