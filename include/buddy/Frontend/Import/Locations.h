// Where in the user's Python an exported node comes from.
#pragma once

#include "buddy/Frontend/Import/ExportedProgram.h"
#include "mlir/IR/Location.h"

namespace buddy {

struct SourceLine {
  std::string file; // as recorded; empty if the node has no stack trace
  unsigned line = 0;
  std::string text;   // the line of source
  std::string module; // "self_attn.q_proj"; empty for the root module
};

// The innermost frame of the node's stack trace that is not inside torch itself (the innermost of
// all if every one is), and the path of the module it ran in.
SourceLine sourceLineOf(const pt2::Node &node);

// A FileLineColLoc, named after the module path if there is one. Without a stack trace the name is
// the node's.
mlir::Location locationOf(mlir::MLIRContext *context, const pt2::Node &node);

} // namespace buddy
