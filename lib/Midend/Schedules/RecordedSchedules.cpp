// Reads the module attribute buddy.schedules.
#include "buddy/Midend/Schedules/RecordedSchedules.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace buddy;

static std::optional<RecordedSchedule> readEntry(DictionaryAttr entry) {
  auto text = [&](StringRef key) {
    auto value = entry ? entry.getAs<StringAttr>(key) : StringAttr();
    return value ? value.str() : std::string();
  };
  RecordedSchedule result{text("op"), text("kind"), text("location"), {}, {}};
  if (result.op.empty() || result.kind.empty())
    return std::nullopt;
  auto loops = entry.getAs<ArrayAttr>("loops");
  auto extents = entry.getAs<DenseI64ArrayAttr>("extents");
  auto schedule = entry.getAs<DictionaryAttr>("schedule");
  auto kind = schedule ? schedule.getAs<StringAttr>("kind") : StringAttr();
  if (!loops || !extents || !kind || int64_t(loops.size()) != extents.size())
    return std::nullopt;
  std::vector<std::string> names;
  for (auto [loop, extent] : llvm::zip_equal(loops, extents.asArrayRef())) {
    auto name = dyn_cast<StringAttr>(loop);
    if (!name)
      return std::nullopt;
    names.push_back(name.str());
    result.loops.emplace_back(name.str(), extent);
  }
  for (const ScheduleField &field : scheduleFields(kind)) {
    OverrideField read{field.name.str(), std::nullopt, {}};
    if (auto number = schedule.getAs<IntegerAttr>(field.name);
        number && number.getType().isSignlessInteger(64)) {
      read.number = number.getInt();
    } else if (auto array = schedule.getAs<DenseI64ArrayAttr>(field.name)) {
      std::vector<std::string> elements = names;
      if (field.form == ScheduleField::Form::List)
        elements.assign(field.elements.begin(), field.elements.end());
      if (int64_t(elements.size()) != array.size())
        return std::nullopt;
      for (auto [name, value] : llvm::zip_equal(elements, array.asArrayRef()))
        read.elements.emplace_back(name, value);
    } else if (field.optional && !schedule.contains(field.name)) {
      continue;
    } else {
      return std::nullopt;
    }
    result.fields.push_back(std::move(read));
  }
  return result;
}

llvm::Expected<std::vector<RecordedSchedule>> buddy::readRecordedSchedules(ModuleOp module) {
  std::vector<RecordedSchedule> result;
  Attribute attribute = module->getAttr(kSchedulesAttr);
  if (!attribute)
    return result;
  auto fail = [](const Twine &what) {
    return llvm::createStringError("the module's attribute " + kSchedulesAttr + " " + what);
  };
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    return fail("is no array");
  for (auto [i, item] : llvm::enumerate(list)) {
    std::optional<RecordedSchedule> entry = readEntry(dyn_cast<DictionaryAttr>(item));
    if (!entry)
      return fail("has entry " + Twine(i) +
                  " without op, kind, loops and extents of one length, or a schedule");
    result.push_back(std::move(*entry));
  }
  return result;
}
