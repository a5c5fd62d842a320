// Prints schedules.
#include "ScheduleText.h"
#include "buddy/Midend/Schedules/ScheduleFile.h"

namespace json = llvm::json;

namespace buddy {

using runtime::OpSchedule;

// "row 8, lane 32"; what is 0 is left out of a schedule: those loops are left whole.
static std::string listText(const OpSchedule::Numbers &numbers, bool withZeros) {
  std::string text;
  for (const auto &[name, number] : numbers)
    if (number || withZeros)
      text += (text.empty() ? "" : ", ") + name + " " + std::to_string(number);
  return text.empty() ? "none" : text;
}

void printSchedules(llvm::raw_ostream &out, const std::vector<OpSchedule> &schedules) {
  for (const OpSchedule &schedule : schedules) {
    out << "  " << schedule.op << " (" << listText(schedule.loops, true) << ")";
    if (!schedule.location.empty())
      out << "  " << schedule.location;
    out << "\n   ";
    for (const OpSchedule::Field &field : schedule.fields)
      out << (&field == schedule.fields.data() ? " " : "; ") << field.name << " "
          << (field.number ? std::to_string(*field.number) : listText(field.elements, false));
    out << "\n";
  }
}

static void writeNumbers(json::OStream &out, llvm::StringRef key,
                         const OpSchedule::Numbers &numbers) {
  out.attributeObject(key, [&] {
    for (const auto &[name, number] : numbers)
      out.attribute(name, number);
  });
}

void writeSchedules(json::OStream &out, const std::vector<OpSchedule> &schedules) {
  out.attributeArray("schedules", [&] {
    for (const OpSchedule &schedule : schedules)
      out.object([&] {
        out.attribute("op", schedule.op);
        out.attribute("kind", schedule.kind);
        if (!schedule.location.empty())
          out.attribute("location", schedule.location);
        writeNumbers(out, "loops", schedule.loops);
        out.attributeObject("schedule", [&] {
          for (const OpSchedule::Field &field : schedule.fields)
            if (field.number)
              out.attribute(field.name, *field.number);
            else
              writeNumbers(out, field.name, field.elements);
        });
      });
  });
}

std::string scheduleFileText(const std::vector<OpSchedule> &schedules, const std::string &note) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/2);
  out.object([&] {
    out.attribute("version", kScheduleFileVersion);
    if (!note.empty())
      out.attribute("note", note);
    writeSchedules(out, schedules);
  });
  stream << "\n";
  return text;
}

} // namespace buddy
