// The ops of the graph dialect.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphDialect.h"
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
llvm::FailureOr<llvm::SmallVector<int64_t>>
broadcastShapes(llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

// Whether 0 <= start <= end <= size, whatever the symbols are where sizes depend on some.
bool isInside(mlir::Operation *op, int64_t start, int64_t end, int64_t size);

// Whether the range starts at a size that each run chooses.
bool startsAtSymbol(ArangeOp op);

// Whether tensors of the shapes have as many elements. Products of symbolic sizes need not fit in
// 64 bits; they are compared modulo 2^64, which the stand-ins, odd numbers, do not make zero.
bool holdSameElements(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

// Whether `from` broadcasts to exactly `to`.
bool broadcastsTo(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

} // namespace buddy::graph
