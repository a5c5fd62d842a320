// What the midend calls a contraction, and where its dimensions are.
#pragma once

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace buddy {

// C[batch, m, n] += A[batch, m, k] * B[batch, k, n] in any layout: loop dimensions of the op. A
// dimension group holds its loops in order, outermost first. `m` is what only A and C read, `n`
// what only B and C read.
struct Contraction {
  llvm::SmallVector<unsigned, 2> batch, m, n, k;
};

// The dimensions of `op` if it is a linalg.generic multiply-and-add of two f32 operands into one
// result; failure for anything else.
llvm::FailureOr<Contraction> matchContraction(mlir::linalg::LinalgOp op);

// The scalar that every element of `tensor` is, if a fill says so; else null.
mlir::Value filledWith(mlir::Value tensor);

// Whether `value` is a tensor filled with +0.0.
bool isZeroFill(mlir::Value value);

// c += a b becomes t = 0; t += a b; c + t: `op` starts from the first result, and whoever read it
// reads the second.
std::pair<mlir::linalg::FillOp, mlir::linalg::GenericOp> startFromZero(mlir::RewriterBase &rewriter,
                                                                       mlir::linalg::LinalgOp op);

} // namespace buddy
