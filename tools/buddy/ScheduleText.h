// Schedules of a package as text: for people, and as the file that `buddy compile --schedule`
// takes.
#pragma once

#include "Manifest.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace buddy {

// Two lines an operation: what it is, and its schedule.
void printSchedules(llvm::raw_ostream &out, const std::vector<runtime::OpSchedule> &schedules);

// The list of entries, as member "schedules" of the object that `out` is in.
void writeSchedules(llvm::json::OStream &out, const std::vector<runtime::OpSchedule> &schedules);

// A file of schedules: docs/schedules.md. `note` is for people; empty: none.
std::string scheduleFileText(const std::vector<runtime::OpSchedule> &schedules,
                             const std::string &note = "");

} // namespace buddy
