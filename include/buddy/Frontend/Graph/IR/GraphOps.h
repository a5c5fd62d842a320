// The ops of the graph dialect.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "buddy/Frontend/Graph/IR/GraphOps.h.inc"

namespace buddy::graph {

// f16 or bf16: what numbers are rounded to. Nothing is computed in them.
inline bool isHalf(mlir::Type element) { return element.isF16() || element.isBF16(); }

// The shape two or more shapes broadcast to under PyTorch's rule, or failure.
llvm::FailureOr<llvm::SmallVector<Size>>
broadcastShapes(llvm::ArrayRef<llvm::ArrayRef<Size>> shapes);

// Whether 0 <= start <= end <= size, whatever the symbols are where sizes depend on some.
bool isInside(mlir::Operation *op, Size start, Size end, Size size);

// Where a range of integers starts.
Size startOf(ArangeOp op);

// Whether tensors of the shapes have as many elements.
bool holdSameElements(llvm::ArrayRef<Size> a, llvm::ArrayRef<Size> b);

// Whether `from` broadcasts to exactly `to`.
bool broadcastsTo(llvm::ArrayRef<Size> from, llvm::ArrayRef<Size> to);

} // namespace buddy::graph
