// The rules of legal schedules that concern more than one field, or the op.
#include "buddy/Midend/Schedules/CheckSchedule.h"
#include "buddy/Midend/Transforms/Contraction.h"

using namespace mlir;
using namespace buddy;

// Twice the register file: a tile a little too large for it spills, which may still be worth
// measuring; more is never.
static int64_t mostElements(const RegisterFile &file) { return 2 * file.registers * file.lanes; }

static std::string tooLarge(ArrayRef<int64_t> sizes, const RegisterFile &file) {
  std::string shape;
  for (int64_t size : sizes)
    shape += (shape.empty() ? "" : " x ") + std::to_string(size);
  return "a tile of " + shape + " elements is too large: what a tile holds is kept in registers, " +
         "at most " + std::to_string(mostElements(file)) + " elements (twice the " +
         std::to_string(file.registers) + " registers of " + std::to_string(file.lanes) +
         "); 0 is the whole loop";
}

// Whether the product of the sizes, each at least 1, is above `most`; it may not fit in 64 bits.
static bool exceeds(ArrayRef<int64_t> sizes, int64_t most) {
  int64_t product = 1;
  for (int64_t size : sizes)
    if (__builtin_mul_overflow(product, size, &product) || product > most)
      return true;
  return false;
}

std::optional<ScheduleProblem> buddy::checkSchedule(const TileSchedule &schedule,
                                                    linalg::LinalgOp op, const RegisterFile &file) {
  SmallVector<int64_t> loops = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (auto [i, parallel] : llvm::enumerate(schedule.parallel)) {
    if (!parallel)
      continue;
    if (iterators[i] != utils::IteratorType::parallel)
      return ScheduleProblem{
          "parallel", i, "loop " + std::to_string(i) + " is a reduction and cannot be parallel"};
  }
  FailureOr<Contraction> dims = matchContraction(op);
  if (failed(dims) && schedule.kBlock)
    return ScheduleProblem{"k_block", std::nullopt, "is for contractions only"};
  // A copy that no loop is tiled of is left to LLVM as a loop.
  if (failed(dims) && llvm::all_of(schedule.tile, [](int64_t size) { return size == 0; }))
    return std::nullopt;
  SmallVector<int64_t> held;
  for (auto [i, size] : llvm::enumerate(schedule.tile)) {
    // A contraction goes through its reduction step by step.
    if (succeeded(dims) && llvm::is_contained(dims->k, unsigned(i)))
      continue;
    int64_t extent = schedule.parallel[i] ? schedule.parallel[i] : loops[i];
    if (ShapedType::isDynamic(extent) && size == 0)
      return ScheduleProblem{"tile", i,
                             "loop " + std::to_string(i) +
                                 " is as long as each run chooses and cannot be one tile; 1 is the "
                                 "least"};
    if (ShapedType::isDynamic(extent))
      extent = size;
    held.push_back(std::max<int64_t>(size ? std::min(size, extent) : extent, 1));
  }
  if (exceeds(held, mostElements(file)))
    return ScheduleProblem{"tile", std::nullopt, tooLarge(held, file)};
  return std::nullopt;
}

std::optional<ScheduleProblem> buddy::checkSchedule(const AttentionSchedule &schedule,
                                                    attn::AttentionOp op,
                                                    const RegisterFile &file) {
  if (exceeds(schedule.tile, mostElements(file)))
    return ScheduleProblem{"tile", std::nullopt, tooLarge(schedule.tile, file)};
  if (!schedule.diagonalBlock)
    return std::nullopt;
  if (!op.getCausal() && !op.getWindow())
    return ScheduleProblem{"diagonal_block", std::nullopt, "is for causal attention only"};
  if (schedule.keyBlock % schedule.diagonalBlock)
    return ScheduleProblem{"diagonal_block", std::nullopt,
                           "diagonal_block " + std::to_string(schedule.diagonalBlock) +
                               " does not divide key_block " + std::to_string(schedule.keyBlock)};
  return std::nullopt;
}
