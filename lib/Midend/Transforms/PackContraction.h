// A contraction whose weight lies in panels.
#pragma once

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace buddy {

// C[m][n] = A[m][k] W[n][k]  becomes  C[m][p][l] = A[m][k] panels[p][k][l], n = p * tile + l.
// `op` has loops (m, n, k) or (n, k), its second input is the weight; `panels` [ceil(N /
// tile)][K][tile] f32, zeros beyond N. Replaces `op`.
void packContraction(mlir::linalg::GenericOp op, mlir::Value panels);

} // namespace buddy
