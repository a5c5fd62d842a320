// What buddy tune tries: a small set of values for each field that matters.
#pragma once

#include "Manifest.h"

namespace buddy::tune {

// Of the target: f32 lanes of a vector register, and how many registers there are.
struct Registers {
  int64_t lanes = 16, count = 32;
};

// One number of a schedule, "tile" of loop "row", and what it may be. `element` is empty for a
// field that is a number.
struct Coordinate {
  std::string field, element;
  std::vector<int64_t> values; // the nearest to the present one first; without it

  std::string name() const { return element.empty() ? field : field + "." + element; }
};

// The coordinates of an operation from where its schedule is now, the one that matters most first.
// Register tiles stay within the registers: spilled ones were never faster. Sums stay in blocks of
// 64 to 256 terms, where the rule of `buddy verify` holds. Fields that are not known here are left
// alone.
std::vector<Coordinate> coordinates(const runtime::OpSchedule &schedule,
                                    const Registers &registers);

// The value at a coordinate; the schedule must have it.
int64_t valueAt(const runtime::OpSchedule &schedule, const Coordinate &coordinate);
void setValueAt(runtime::OpSchedule &schedule, const Coordinate &coordinate, int64_t value);

// Scalar operations of a run, roughly: to tune what takes the time first.
double estimatedWork(const runtime::OpSchedule &schedule);

} // namespace buddy::tune
