// Operations over nothing.
#pragma once

#include "buddy/Frontend/Import/GraphBuilder.h"

namespace buddy {

// No op of the graph dialect works on tensors without elements; their results have known values.

// A tensor without elements.
mlir::Value emptyTensor(GraphBuilder &b, mlir::RankedTensorType type);

// What `op` gives, whose result has elements and one of whose operands has none; null if that is
// not known.
mlir::Value valueOverNothing(GraphBuilder &b, mlir::Operation *op);

} // namespace buddy
