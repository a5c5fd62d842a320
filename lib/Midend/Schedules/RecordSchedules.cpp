// Names scheduled ops and lists them in the module attribute buddy.schedules.
#include "buddy/Frontend/Graph/IR/SourceLine.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/RecordedSchedules.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Schedules/ScheduledOps.h"
#include "buddy/Midend/Transforms/Flops.h"
#include "buddy/Midend/Transforms/Sizes.h"

namespace buddy {
#define GEN_PASS_DEF_RECORDSCHEDULESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct RecordSchedules : buddy::impl::RecordSchedulesPassBase<RecordSchedules> {
  void runOnOperation() override {
    Builder b(&getContext());
    SmallVector<Attribute> list;
    for (const ScheduledOp &scheduled : listScheduledOps(getOperation())) {
      auto schedule = scheduled.op->getAttrOfType<DictionaryAttr>(kScheduleAttr);
      if (!schedule)
        continue;
      NamedAttrList named(schedule);
      named.erase(kScheduleOpField);
      SmallVector<Attribute> loops;
      for (const std::string &loop : scheduled.loops)
        loops.push_back(b.getStringAttr(loop));
      NamedAttrList entry;
      entry.set("op", b.getStringAttr(scheduled.name));
      entry.set("function", b.getStringAttr(scheduled.function));
      entry.set("kind", b.getStringAttr(scheduled.kind));
      entry.set("loops", b.getArrayAttr(loops));
      entry.set("extents", b.getDenseI64ArrayAttr(scheduled.extents));
      entry.set("schedule", named.getDictionary(&getContext()));
      if (std::string line = sourceLine(scheduled.op->getLoc()); !line.empty())
        entry.set("location", b.getStringAttr(line));
      auto func = scheduled.op->getParentOfType<func::FuncOp>();
      SmallVector<BlockArgument> symbols = symbolArguments(func);
      entry.set("flops", flopsAttribute(flopsOf(scheduled.op, symbols), symbols.size()));
      list.push_back(entry.getDictionary(&getContext()));

      named.set(kScheduleOpField, b.getStringAttr(scheduled.name));
      scheduled.op->setAttr(kScheduleAttr, named.getDictionary(&getContext()));
    }
    getOperation()->setAttr(kSchedulesAttr, b.getArrayAttr(list));
  }
};
} // namespace
