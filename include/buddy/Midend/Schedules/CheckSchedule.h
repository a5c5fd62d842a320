// Whether a schedule is legal for its op.
#pragma once

#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace buddy {

// What a register tile must fit in: f32 lanes of a vector register, and how many there are. The
// default is the largest of all targets, for passes that do not know theirs.
struct RegisterFile {
  int64_t lanes = 16, registers = 32;
};

struct ScheduleProblem {
  std::string field;            // "tile", "parallel"
  std::optional<unsigned> loop; // the entry of the field that is at fault, if it is one alone
  std::string text;             // what is wrong and what is allowed
};

// The first thing that is wrong with the schedule of a linalg op with static loops. What a tile
// holds is computed without a loop, so that a tile of thousands of elements would take minutes to
// compile and run from memory: at most twice the registers are allowed.
std::optional<ScheduleProblem> checkSchedule(const TileSchedule &schedule,
                                             mlir::linalg::LinalgOp op,
                                             const RegisterFile &file = {});
std::optional<ScheduleProblem> checkSchedule(const AttentionSchedule &schedule,
                                             attn::AttentionOp op, const RegisterFile &file = {});

} // namespace buddy
