// Schedules of a file take the place of chosen ones, field by field.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/CheckSchedule.h"
#include "buddy/Midend/Schedules/ScheduleFile.h"
#include "buddy/Midend/Schedules/ScheduledOps.h"

namespace buddy {
#define GEN_PASS_DEF_OVERRIDESCHEDULESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

template <typename List, typename Name> static std::string joined(const List &list, Name name) {
  std::string text;
  for (const auto &item : list)
    text += (text.empty() ? "" : ", ") + std::string(name(item));
  return text.empty() ? "none" : text;
}

namespace {
// One entry of the file against the op it names.
class Override {
public:
  Override(const ScheduleFile &file, const ScheduleOverride &entry, ScheduledOp &target,
           const RegisterFile &registers)
      : file(file), entry(entry), target(target), registers(registers) {}

  LogicalResult apply();

private:
  // "FILE: subgraph0.contraction0: WHERE: what is wrong"
  LogicalResult fail(const Twine &where, const Twine &what) {
    InFlightDiagnostic error = emitError(UnknownLoc::get(target.op->getContext()))
                               << file.name << ": " << entry.op << ": " << where << ": " << what;
    error.attachNote(target.op->getLoc()) << entry.op << " is here";
    return error;
  }
  LogicalResult checkLoops(const NamedNumbers &loops);
  LogicalResult applyField(const OverrideField &field, ArrayRef<ScheduleField> known,
                           NamedAttrList &schedule);
  LogicalResult checkRange(const Twine &where, int64_t value, const ScheduleField &field);
  LogicalResult checkLegal();

  const ScheduleFile &file;
  const ScheduleOverride &entry;
  ScheduledOp &target;
  const RegisterFile &registers;
};

struct OverrideSchedules : buddy::impl::OverrideSchedulesPassBase<OverrideSchedules> {
  using Base::Base;
  OverrideSchedules(std::shared_ptr<ScheduleFile> given, OverrideSchedulesPassOptions options)
      : Base(std::move(options)), schedules(std::move(given)) {}

  std::shared_ptr<ScheduleFile> schedules;

  LogicalResult initialize(MLIRContext *context) override {
    if (schedules || file.empty())
      return success();
    llvm::Expected<ScheduleFile> read = readScheduleFile(file);
    if (!read)
      return emitError(UnknownLoc::get(context)) << llvm::toString(read.takeError());
    schedules = std::make_shared<ScheduleFile>(std::move(*read));
    return success();
  }

  void runOnOperation() override {
    if (!schedules)
      return;
    std::vector<ScheduledOp> ops = listScheduledOps(getOperation());
    llvm::erase_if(ops, [](const ScheduledOp &op) { return !op.op->hasAttr(kScheduleAttr); });
    RegisterFile target{lanes, registers};
    for (const ScheduleOverride &entry : schedules->overrides) {
      auto found = llvm::find_if(ops, [&](const ScheduledOp &op) { return op.name == entry.op; });
      if (found == ops.end()) {
        emitError(UnknownLoc::get(&getContext()))
            << schedules->name << ": there is no operation '" << entry.op
            << "' with a schedule; there are: "
            << joined(ops, [](const ScheduledOp &op) { return op.name; });
        schedules->refused = true;
      } else if (failed(Override(*schedules, entry, *found, target).apply())) {
        schedules->refused = true;
      }
    }
    if (schedules->refused)
      signalPassFailure();
  }
};
} // namespace

LogicalResult Override::checkLoops(const NamedNumbers &loops) {
  auto actual = [&] {
    return joined(llvm::zip_equal(target.loops, target.extents), [](const auto &loop) {
      return std::get<0>(loop) + " " + std::to_string(std::get<1>(loop));
    });
  };
  bool alike = loops.size() == target.loops.size();
  for (const auto &[name, extent] : loops) {
    auto at = llvm::find(target.loops, name);
    alike &= at != target.loops.end() && target.extents[at - target.loops.begin()] == extent;
  }
  if (alike)
    return success();
  return fail("loops", "they are " + actual() +
                           " in this program: the file was made for another program or target");
}

LogicalResult Override::checkRange(const Twine &where, int64_t value, const ScheduleField &field) {
  if (value >= field.least && value <= field.most)
    return success();
  return fail(where, Twine(value) + " is not allowed, only " + Twine(field.least) + " to " +
                         Twine(field.most));
}

LogicalResult Override::applyField(const OverrideField &given, ArrayRef<ScheduleField> known,
                                   NamedAttrList &schedule) {
  const ScheduleField *field = llvm::find_if(
      known, [&](const ScheduleField &candidate) { return candidate.name == given.name; });
  if (field == known.end())
    return fail(given.name, "there is no such field; the fields are " +
                                joined(known, [](const ScheduleField &candidate) {
                                  return candidate.name.str();
                                }));
  Builder b(target.op->getContext());
  if (field->form == ScheduleField::Form::Number) {
    if (!given.number)
      return fail(given.name, "must be a number");
    if (failed(checkRange(given.name, *given.number, *field)))
      return failure();
    schedule.set(field->name, b.getI64IntegerAttr(*given.number));
    return success();
  }
  std::vector<std::string> elements = target.loops;
  if (field->form == ScheduleField::Form::List)
    elements.assign(field->elements.begin(), field->elements.end());
  if (given.number)
    return fail(given.name, "must be an object of " +
                                joined(elements, [](const std::string &name) { return name; }));
  auto present = dyn_cast_or_null<DenseI64ArrayAttr>(schedule.get(field->name));
  if (!present || size_t(present.size()) != elements.size())
    return fail(given.name, "the operation's own buddy.schedule is malformed");
  SmallVector<int64_t> values(present.asArrayRef());
  for (const auto &[name, value] : given.elements) {
    std::string where = given.name + "." + name;
    auto at = llvm::find(elements, name);
    if (at == elements.end())
      return fail(where, "there is no such loop; the loops are " +
                             joined(elements, [](const std::string &loop) { return loop; }));
    if (failed(checkRange(where, value, *field)))
      return failure();
    values[at - elements.begin()] = value;
  }
  schedule.set(field->name, b.getDenseI64ArrayAttr(values));
  return success();
}

LogicalResult Override::checkLegal() {
  std::optional<ScheduleProblem> problem;
  if (auto attention = dyn_cast<attn::AttentionOp>(target.op)) {
    FailureOr<AttentionSchedule> schedule = readUncheckedAttentionSchedule(attention);
    if (failed(schedule))
      return failure();
    problem = checkSchedule(*schedule, attention, registers);
  } else if (auto generic = dyn_cast<linalg::LinalgOp>(target.op)) {
    FailureOr<TileSchedule> schedule = readUncheckedTileSchedule(generic, target.extents);
    if (failed(schedule))
      return failure();
    problem = checkSchedule(*schedule, generic, registers);
  }
  if (!problem)
    return success();
  std::string where = problem->field;
  if (problem->loop)
    where += "." + target.loops[*problem->loop];
  return fail(where, problem->text);
}

LogicalResult Override::apply() {
  if (!entry.kind.empty() && entry.kind != target.kind)
    return fail("kind", "it is " + target.kind + " in this program, not " + entry.kind);
  if (entry.loops && failed(checkLoops(*entry.loops)))
    return failure();
  auto chosen = target.op->getAttrOfType<DictionaryAttr>(kScheduleAttr);
  auto kind = chosen ? chosen.getAs<StringAttr>("kind") : StringAttr();
  if (!kind)
    return fail("schedule", "the operation's own buddy.schedule is malformed");
  NamedAttrList schedule(chosen);
  for (const OverrideField &field : entry.fields)
    if (failed(applyField(field, scheduleFields(kind), schedule)))
      return failure();
  target.op->setAttr(kScheduleAttr, schedule.getDictionary(target.op->getContext()));
  return checkLegal();
}

std::unique_ptr<Pass> buddy::createOverrideSchedulesPass(std::shared_ptr<ScheduleFile> schedules,
                                                         OverrideSchedulesPassOptions options) {
  return std::make_unique<OverrideSchedules>(std::move(schedules), std::move(options));
}
