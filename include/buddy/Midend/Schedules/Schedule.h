// The schedule of one op: what SelectSchedule decides and the tiling passes read, as the attribute
// `buddy.schedule` that a person can read and edit in the dumps.
#pragma once

#include "mlir/IR/Operation.h"

namespace buddy {

inline constexpr llvm::StringLiteral kScheduleAttr = "buddy.schedule";

// buddy.schedule = {kind = "tile", parallel = array<i64: ...>, tile = array<i64: ...>, k_block =
// 256}
struct TileSchedule {
  // One entry a loop of the op, 0 where the loop is left whole. `parallel` tiles become scf.forall
  // and must divide their loops; `tile` is what is vectorized as one, remainders are split off.
  llvm::SmallVector<int64_t> parallel, tile;
  // Contractions: the reduction is summed in blocks of this many terms, each from zero, 0 for none.
  int64_t kBlock = 0;
};

// buddy.schedule = {kind = "attention", query_block = 32, key_block = 32, tile = array<i64: 8, 32>}
struct AttentionSchedule {
  int64_t queryBlock = 0;          // queries a block; they lie in vector lanes
  int64_t keyBlock = 0;            // keys a step of the online softmax
  llvm::SmallVector<int64_t> tile; // register tile: rows, lanes
};

void setSchedule(mlir::Operation *op, const TileSchedule &schedule);
void setSchedule(mlir::Operation *op, const AttentionSchedule &schedule);

// The schedule of `op`. A malformed one (they can come from a file) is reported on the op.
// `loops` are the static extents of the op's loops.
llvm::FailureOr<TileSchedule> readTileSchedule(mlir::Operation *op, llvm::ArrayRef<int64_t> loops);
llvm::FailureOr<AttentionSchedule> readAttentionSchedule(mlir::Operation *op);

} // namespace buddy
