// The schedule of one op: what SelectSchedule decides and the tiling passes read, as the attribute
// `buddy.schedule`, which a person sees in the dumps and overrides from a file.
#pragma once

#include "mlir/IR/Operation.h"
#include <optional>
#include <string>

namespace buddy {

inline constexpr llvm::StringLiteral kScheduleAttr = "buddy.schedule";
// The dictionary's member that names the op it is the schedule of, where it has a name.
inline constexpr llvm::StringLiteral kScheduleOpField = "op";

// buddy.schedule = {kind = "tile", parallel = array<i64: ...>, tile = array<i64: ...>, k_block =
// 256}
struct TileSchedule {
  // One entry a loop of the op, 0 where the loop is left whole. `parallel` tiles become scf.forall,
  // `tile` is what is vectorized as one; remainders are split off.
  llvm::SmallVector<int64_t> parallel, tile;
  // Contractions: the reduction is summed in blocks of this many terms, each from zero, 0 for none.
  int64_t kBlock = 0;
};

// buddy.schedule = {kind = "attention", query_block = 32, key_block = 128, diagonal_block = 32,
// tile = array<i64: 8, 32>}
struct AttentionSchedule {
  int64_t queryBlock = 0; // queries a block; they lie in vector lanes
  int64_t keyBlock = 0;   // keys a step of the online softmax
  // Causal attention: keys a step near the diagonal, where some are later than the queries; divides
  // keyBlock. 0: keyBlock.
  int64_t diagonalBlock = 0;
  llvm::SmallVector<int64_t> tile; // register tile: rows, lanes
};

// What is known of a field of a schedule without an op: its name, form and limits.
struct ScheduleField {
  enum class Form {
    Number,  // an i64
    PerLoop, // array<i64: ...>, one entry a loop of the op
    List,    // array<i64: ...> of `elements`
  };
  llvm::StringLiteral name;
  Form form;
  llvm::ArrayRef<llvm::StringLiteral> elements; // of a List: what each entry is called
  int64_t least, most;                          // of each value
  bool optional = false;                        // left out where it is 0
};

// The fields of schedules of this kind ("tile", "attention"), in the order in which people read
// them; empty for an unknown kind.
llvm::ArrayRef<ScheduleField> scheduleFields(llvm::StringRef kind);

void setSchedule(mlir::Operation *op, const TileSchedule &schedule);
void setSchedule(mlir::Operation *op, const AttentionSchedule &schedule);

// The schedule of `op`. One that is malformed or not legal (they can be written by hand) is
// reported on the op. `loops` are the static extents of the op's loops.
llvm::FailureOr<TileSchedule> readTileSchedule(mlir::Operation *op, llvm::ArrayRef<int64_t> loops);
llvm::FailureOr<AttentionSchedule> readAttentionSchedule(mlir::Operation *op);

// The same for a schedule whose rules the caller checks, with CheckSchedule.h.
llvm::FailureOr<TileSchedule> readUncheckedTileSchedule(mlir::Operation *op,
                                                        llvm::ArrayRef<int64_t> loops);
llvm::FailureOr<AttentionSchedule> readUncheckedAttentionSchedule(mlir::Operation *op);

// Keeps the schedule of a named op on a loop that it became.
void keepSchedule(mlir::Attribute schedule, mlir::Operation *loop);

} // namespace buddy
