// The module attribute `buddy.schedules`: every op's schedule, for those who come after the op is
// gone.
#pragma once

#include "buddy/Midend/Schedules/ScheduleFile.h"
#include "mlir/IR/BuiltinOps.h"

namespace buddy {

inline constexpr llvm::StringLiteral kSchedulesAttr = "buddy.schedules";

// One entry of the attribute, in the form of a file of schedules.
struct RecordedSchedule {
  std::string op, kind, location; // the location may be empty
  NamedNumbers loops;
  std::vector<OverrideField> fields; // all of them, but for optional ones that are not there
};

// Empty without the attribute. Errors say what is wrong with it.
llvm::Expected<std::vector<RecordedSchedule>> readRecordedSchedules(mlir::ModuleOp module);

} // namespace buddy
