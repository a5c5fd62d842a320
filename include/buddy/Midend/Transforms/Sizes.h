// Sizes that each run chooses, as values and as expressions of the function's symbols: its index
// arguments marked `buddy.symbol` (docs/contracts.md, section 3).
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace buddy {

// The size of dimension `dim` of a ranked tensor: followed to where it comes from, a symbol where
// it is one. What has to be computed for it is computed at the builder's place.
mlir::OpFoldResult sizeAlong(mlir::OpBuilder &b, mlir::Location loc, mlir::Value tensor,
                             int64_t dim);
llvm::SmallVector<mlir::OpFoldResult> sizesOf(mlir::OpBuilder &b, mlir::Location loc,
                                              mlir::Value tensor);

// How long each loop of a linalg op is; null for one that no operand's dimension alone is.
llvm::SmallVector<mlir::OpFoldResult> loopExtents(mlir::OpBuilder &b, mlir::linalg::LinalgOp op);

// The function's arguments that are symbols, in order.
llvm::SmallVector<mlir::BlockArgument> symbolArguments(mlir::func::FuncOp func);

// The expression over `symbols` that a size is; null if it is not made of them by sums, products
// and affine expressions.
mlir::AffineExpr sizeExpression(mlir::OpFoldResult size,
                                llvm::ArrayRef<mlir::BlockArgument> symbols,
                                mlir::MLIRContext *context);

// The value of an expression of sums and products, its symbols being `symbols`.
mlir::Value expressionValue(mlir::OpBuilder &b, mlir::Location loc, mlir::AffineExpr expr,
                            mlir::ValueRange symbols);

} // namespace buddy
