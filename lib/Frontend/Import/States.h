// The states of a program: what it changes, as arguments and results of @forward.
#pragma once

#include "buddy/Frontend/Import/GraphImporter.h"
#include "buddy/Frontend/Import/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy {

// Leaves out of the signature the states whose value no run depends on: they are written before
// they are read. The others are arguments, after the inputs, and results, after the outputs.
mlir::LogicalResult keepStates(mlir::OpBuilder &b, mlir::func::FuncOp forward, Signature &signature,
                               const GraphImporter::Scope &scope);

} // namespace buddy
