// The compiler works on one module; its dumps are one file for forward and one for each subgraph.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>
#include <utility>
#include <vector>

namespace buddy {

// A module's parts as they are dumped, "forward" first, then "subgraph0", "subgraph1", ... in the
// module's order.
//
// A subgraph is a function defined under the name `subgraph` and a number; all else that the module
// holds belongs to the part that refers to it: a subgraph's part has the subgraph as a public
// function and every symbol it reaches (composites, globals); forward's part has the rest, and the
// subgraphs it calls as private declarations. What several parts reach is in each. Both have the
// module's attributes. Works at every stage: func or llvm functions, globals of any dialect.
//
// The parts are copies; the module stays as it is.
std::vector<std::pair<std::string, mlir::OwningOpRef<mlir::ModuleOp>>>
splitForwardAndSubgraphs(mlir::ModuleOp module);

// The inverse: one module of all parts' symbols and attributes. A declaration and a definition of
// one name become the definition, private again; equal copies become one.
//
// Errors, reported at the op at fault: parts whose module attributes differ, two different
// definitions of one name, a declaration that does not fit its definition, a subgraph that is
// called and defined in no part. Without any part it fails silently.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
joinModules(llvm::ArrayRef<mlir::ModuleOp> parts);

} // namespace buddy
