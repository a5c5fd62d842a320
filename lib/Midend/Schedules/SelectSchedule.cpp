// Decides the schedule of each heavy op from its shape and the target's facts.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_SELECTSCHEDULEPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct SelectSchedule : buddy::impl::SelectSchedulePassBase<SelectSchedule> {
  using Base::Base;

  // A register tile of rows x two registers: the accumulators take half of 32 registers, or all but
  // four of 16 (two for a row of B, one for the broadcast of A).
  int64_t tileRows() const { return registers >= 32 ? 8 : 6; }
  int64_t tileLanes() const { return 2 * lanes; }

  // Sharing an op between threads costs some microseconds; below this many scalar operations it
  // does not pay.
  static constexpr int64_t kWorthSharing = 1 << 16;
  // So many multiply-adds, some tens of microseconds when they wait for memory, hide what it costs
  // to hand them to a thread.
  static constexpr int64_t kWorthTaking = 1 << 19;

  // What a size that each run chooses is taken for where only the amount of work matters.
  static constexpr int64_t kTypicalLength = 128;
  static SmallVector<int64_t> typical(SmallVector<int64_t> loops) {
    for (int64_t &extent : loops)
      if (ShapedType::isDynamic(extent))
        extent = kTypicalLength;
    return loops;
  }

  // Rows go in blocks for all panels, so that a long A is read from the last-level cache and not
  // from memory for each panel. A panel of B is read once a block, so a block is much longer than a
  // panel is wide: eight times, or what divides the rows evenly. 0: all rows at once.
  int64_t rowBlock(int64_t rows) const {
    int64_t limit = 8 * tileLanes();
    if (ShapedType::isDynamic(rows))
      return limit;
    if (rows <= limit)
      return 0;
    for (int64_t block = limit; block >= limit / 2; --block)
      if (rows % block == 0)
        return block;
    return limit;
  }

  // Panels a thread takes at a time. A panel of few rows is little work, and reading on where the
  // last panel ended is what the hardware prefetches best; but every core should have several
  // turns.
  int64_t panelsATime(int64_t panels, int64_t panelWork) const {
    int64_t most = std::min<int64_t>({8, kWorthTaking / panelWork, panels / (4 * cores)});
    while (most > 1 && panels % most)
      --most;
    return std::max<int64_t>(most, 1);
  }

  void schedule(linalg::GenericOp op, const Contraction &dims) {
    SmallVector<int64_t> extents = op.getStaticLoopRanges(), loops = typical(extents);
    TileSchedule schedule;
    schedule.parallel.assign(loops.size(), 0);
    // One step of a loop at a time, of one that only C has (a broadcast of the product) as well.
    schedule.tile.assign(loops.size(), 1);
    for (unsigned dim : dims.k)
      schedule.tile[dim] = 0;
    // One running sum over a long K loses bits: in blocks of 256 the error is eager's own. A
    // product of few columns eager computes as inner products, in lanes, with shorter sums.
    int64_t columns = 1;
    for (unsigned dim : dims.n)
      columns *= loops[dim];
    // A product of one row or column is bound by memory and can afford shorter blocks, too; a sum
    // of products is one, which eager adds up in lanes.
    int64_t rows = 1;
    for (unsigned dim : dims.m)
      rows *= loops[dim];
    schedule.kBlock = rows == 1 || columns == 1 ? 32 : columns <= tileLanes() ? 64 : 256;
    int64_t work = 1;
    for (int64_t extent : loops)
      work *= extent;
    bool share = cores > 1 && work >= kWorthSharing;

    for (unsigned dim : dims.batch)
      schedule.parallel[dim] = share ? 1 : 0;
    if (!dims.m.empty())
      schedule.tile[dims.m.back()] = tileRows();
    if (!dims.n.empty())
      schedule.tile[dims.n.back()] = std::min(tileLanes(), loops[dims.n.back()]);
    // Packed weights: the panels are the outer n loop. One at a time, so that it stays in the
    // cache.
    if (dims.n.size() > 1) {
      int64_t panels = loops[dims.n.front()];
      schedule.parallel[dims.n.front()] = panelsATime(panels, work / panels);
      if (!dims.m.empty())
        schedule.parallel[dims.m.back()] = rowBlock(extents[dims.m.back()]);
    } else if (share && dims.batch.empty()) {
      if (!dims.n.empty() && loops[dims.n.back()] % tileLanes() == 0)
        schedule.parallel[dims.n.back()] = tileLanes();
      else if (!dims.m.empty() && loops[dims.m.back()] % tileRows() == 0)
        schedule.parallel[dims.m.back()] = tileRows();
    }
    setSchedule(op, schedule);
  }

  void schedule(attn::AttentionOp op) {
    int64_t queries = op.queryShape()[2];
    int64_t keys = op.keyShape()[2];
    AttentionSchedule schedule;
    // Blocks of any kind follow one another as long as there are queries and keys for them.
    bool isDynamic = ShapedType::isDynamic(queries) || ShapedType::isDynamic(keys);
    // 8 rows of two registers, or 4 where there are 16: both divide the usual blocks and head
    // sizes.
    schedule.tile = {registers >= 32 ? 8 : 4, tileLanes()};
    // A long block of keys rescales the sums so far less often.
    schedule.queryBlock = tileLanes();
    schedule.keyBlock = 128;
    if (op.getCausal() || op.getWindow()) {
      // Blocks on the diagonal are computed whole and half thrown away: short ones waste less.
      bool isShort = !isDynamic && queries < 128;
      if (isShort)
        schedule.queryBlock = lanes;
      schedule.diagonalBlock = isShort ? 8 : 32;
      if (!isDynamic && keys < 2 * schedule.keyBlock)
        schedule.keyBlock = schedule.diagonalBlock;
    }
    if (isDynamic)
      return setSchedule(op, schedule);
    schedule.queryBlock = std::min<int64_t>(schedule.queryBlock, llvm::alignTo(queries, 8));
    schedule.keyBlock = std::min(schedule.keyBlock, keys);
    if (schedule.diagonalBlock)
      schedule.diagonalBlock = std::min(schedule.diagonalBlock, schedule.keyBlock);
    setSchedule(op, schedule);
  }

  // Whether vectors along the last loop read and write memory in order, or one element for all
  // lanes.
  static bool isContiguousInLastLoop(linalg::GenericOp op) {
    unsigned last = op.getNumLoops() - 1;
    for (AffineMap map : op.getIndexingMapsArray()) {
      if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
        return false;
      for (unsigned i = 0; i + 1 < map.getNumResults(); ++i)
        if (map.getResult(i).isFunctionOfDim(last))
          return false;
    }
    return true;
  }

  // The value that a contraction starts from is computed with the contraction's tiles.
  static bool startsContraction(linalg::GenericOp op) {
    if (!op->hasOneUse())
      return false;
    OpOperand &use = *op->use_begin();
    auto user = dyn_cast<linalg::LinalgOp>(use.getOwner());
    return user && user.isDpsInit(&use) && succeeded(matchContraction(user));
  }

  void scheduleElementwise(linalg::GenericOp op) {
    SmallVector<int64_t> extents = op.getStaticLoopRanges(), loops = typical(extents);
    if (loops.empty() || ShapedType::isDynamic(extents.back()) ||
        op.getNumParallelLoops() != loops.size() ||
        llvm::any_of(loops, [](int64_t extent) { return extent <= 0; }) ||
        !isContiguousInLastLoop(op) || loops.back() < lanes || startsContraction(op) ||
        !op.getBody()->getOps<tensor::ExtractOp>().empty()) // a gather: plain loops
      return;
    int64_t elements = 1;
    for (int64_t extent : loops)
      elements *= extent;
    TileSchedule schedule;
    schedule.parallel.assign(loops.size(), 0);
    // A copy is left to LLVM, which vectorizes it well; anything that computes is tiled here.
    bool isCopy = llvm::hasSingleElement(*op.getBody());
    schedule.tile.assign(loops.size(), isCopy ? 0 : 1);
    if (!isCopy)
      schedule.tile.back() = lanes;
    if (cores > 1 && elements >= kWorthSharing)
      for (auto [i, extent] : llvm::enumerate(ArrayRef(loops).drop_back()))
        if (extent > 1) {
          schedule.parallel[i] = 1;
          break;
        }
    if (!isCopy || llvm::any_of(schedule.parallel, [](int64_t size) { return size != 0; }))
      setSchedule(op, schedule);
  }

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (op->hasAttr(kScheduleAttr))
        return;
      if (auto attention = dyn_cast<attn::AttentionOp>(op))
        return schedule(attention);
      auto generic = dyn_cast<linalg::GenericOp>(op);
      if (!generic || !generic.hasPureTensorSemantics())
        return;
      FailureOr<Contraction> dims = matchContraction(generic);
      if (succeeded(dims))
        schedule(generic, *dims);
      else
        scheduleElementwise(generic);
    });
  }
};
} // namespace
