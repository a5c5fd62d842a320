// Finds and names what schedules are for.
#include "buddy/Midend/Schedules/ScheduledOps.h"
#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace buddy;

static void nameLoops(std::vector<std::string> &loops, ArrayRef<unsigned> dims, StringRef name) {
  for (auto [i, dim] : llvm::enumerate(dims))
    loops[dim] = dims.size() == 1 ? name.str() : name.str() + std::to_string(i);
}

static void describe(ScheduledOp &found, linalg::GenericOp op) {
  found.extents = op.getStaticLoopRanges();
  found.loops.resize(found.extents.size());
  FailureOr<Contraction> dims = matchContraction(op);
  if (failed(dims)) {
    found.kind = op.getNumParallelLoops() == found.extents.size() ? "elementwise" : "reduction";
    for (auto [i, name] : llvm::enumerate(found.loops))
      name = "loop" + std::to_string(i);
    return;
  }
  found.kind = "contraction";
  nameLoops(found.loops, dims->batch, "batch");
  nameLoops(found.loops, dims->m, "row");
  nameLoops(found.loops, dims->k, "k");
  nameLoops(found.loops, dims->n, "column");
  // Two loops over columns: PackParameters cut them into panels of so many lanes.
  if (dims->n.size() == 2) {
    found.loops[dims->n[0]] = "panel";
    found.loops[dims->n[1]] = "lane";
  }
}

static void describe(ScheduledOp &found, attn::AttentionOp op) {
  SmallVector<int64_t, 4> query = op.queryShape(), key = op.keyShape(), value = op.valueShape();
  found.kind = "attention";
  found.loops = {"batch", "head", "query", "key", "depth", "value_depth"};
  found.extents = {query[0], query[1], query[2], key[2], query[3], value[3]};
}

std::vector<ScheduledOp> buddy::listScheduledOps(ModuleOp module) {
  std::vector<ScheduledOp> ops;
  for (auto func : module.getOps<func::FuncOp>()) {
    std::map<std::string, int> counts;
    func.walk<WalkOrder::PreOrder>([&](Operation *op) {
      ScheduledOp found{op, "", func.getName().str(), "", {}, {}};
      if (auto attention = dyn_cast<attn::AttentionOp>(op)) {
        describe(found, attention);
      } else if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        if (!generic.hasPureTensorSemantics())
          return;
        describe(found, generic);
      } else {
        return;
      }
      for (int64_t &extent : found.extents)
        if (ShapedType::isDynamic(extent))
          extent = 0;
      found.name = found.function + "." + found.kind + std::to_string(counts[found.kind]++);
      ops.push_back(std::move(found));
    });
  }
  return ops;
}
