// How much arithmetic an operation asks for.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AffineExpr.h"

namespace buddy {

// The floating point operations of a contraction or an attention, a multiply-add counted as two,
// over the function's symbols; 0 of any other op, and where it is no sum of products.
mlir::AffineExpr flopsOf(mlir::Operation *op, llvm::ArrayRef<mlir::BlockArgument> symbols);

// As an attribute: an i64, or a map from the symbols to one result.
mlir::Attribute flopsAttribute(mlir::AffineExpr flops, unsigned numSymbols);

} // namespace buddy
