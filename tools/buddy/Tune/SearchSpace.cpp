// The values that are worth trying. They are few: each costs a compilation and a measurement.
#include "SearchSpace.h"
#include <algorithm>
#include <cmath>
#include <functional>

namespace buddy::tune {

using runtime::OpSchedule;
using Numbers = OpSchedule::Numbers;

static const int64_t *find(const Numbers &numbers, const std::string &name) {
  for (const auto &[key, value] : numbers)
    if (key == name)
      return &value;
  return nullptr;
}

static const int64_t *find(const OpSchedule &schedule, const std::string &field,
                           const std::string &element) {
  for (const OpSchedule::Field &candidate : schedule.fields)
    if (candidate.name == field)
      return element.empty() ? (candidate.number ? &*candidate.number : nullptr)
                             : find(candidate.elements, element);
  return nullptr;
}

int64_t valueAt(const OpSchedule &schedule, const Coordinate &coordinate) {
  const int64_t *value = find(schedule, coordinate.field, coordinate.element);
  return value ? *value : 0;
}

void setValueAt(OpSchedule &schedule, const Coordinate &coordinate, int64_t value) {
  if (const int64_t *place = find(schedule, coordinate.field, coordinate.element))
    *const_cast<int64_t *>(place) = value;
}

namespace {
// Collects the coordinates of one schedule.
class Space {
public:
  Space(const OpSchedule &schedule, const Registers &registers)
      : schedule(schedule), registers(registers) {}

  // Adds the coordinate if the schedule has it and a value but the present one is allowed.
  void add(const std::string &field, const std::string &element,
           std::initializer_list<int64_t> values, const std::function<bool(int64_t)> &isAllowed) {
    const int64_t *present = find(schedule, field, element);
    if (!present)
      return;
    Coordinate coordinate{field, element, {}};
    for (int64_t value : values)
      if (value != *present && isAllowed(value))
        coordinate.values.push_back(value);
    // The time may be short, and what is near is likelier to be good.
    auto distance = [&](int64_t value) {
      return std::fabs(std::log2((value + 0.5) / (*present + 0.5)));
    };
    std::sort(coordinate.values.begin(), coordinate.values.end(), [&](int64_t a, int64_t b) {
      return std::pair(distance(a), a) < std::pair(distance(b), b);
    });
    if (!coordinate.values.empty())
      result.push_back(std::move(coordinate));
  }

  // A register tile of `row` x `lane`: accumulators, one row of B, one broadcast of A.
  bool fits(int64_t row, int64_t lane) const {
    int64_t width = (std::max<int64_t>(lane, 1) + registers.lanes - 1) / registers.lanes;
    return std::max<int64_t>(row, 1) * width + width + 1 <= registers.count;
  }

  void addTile(const std::string &row, int64_t rows, const std::string &lane, int64_t lanes) {
    const int64_t *presentRow = find(schedule, "tile", row);
    const int64_t *presentLane = find(schedule, "tile", lane);
    int64_t atRow = presentRow ? *presentRow : 1;
    int64_t atLane = presentLane ? *presentLane : registers.lanes;
    add("tile", row, {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14},
        [&](int64_t value) { return value <= rows && fits(value, atLane); });
    int64_t n = registers.lanes;
    add("tile", lane, {n, 2 * n, 3 * n, 4 * n},
        [&](int64_t value) { return value <= lanes && fits(atRow, value); });
  }

  // Iterations that a thread takes at once; they must divide the loop.
  void addParallel(const std::string &loop) {
    const int64_t *extent = find(schedule.loops, loop);
    add("parallel", loop, {1, 2, 3, 4, 6, 8, 12, 16, 24, 32},
        [&](int64_t value) { return extent && value < *extent && *extent % value == 0; });
  }

  // The last loop called `name` or `name` and a number; empty if there is none.
  std::string lastLoop(const std::string &name) const {
    std::string last;
    for (const auto &[loop, extent] : schedule.loops)
      if (loop.rfind(name, 0) == 0 &&
          loop.find_first_not_of("0123456789", name.size()) == std::string::npos)
        last = loop;
    return last;
  }
  int64_t extentOf(const std::string &loop) const {
    const int64_t *extent = find(schedule.loops, loop);
    return extent ? *extent : 0;
  }

  std::vector<Coordinate> result;

private:
  const OpSchedule &schedule;
  Registers registers;
};
} // namespace

static void addContraction(Space &space, const OpSchedule &schedule) {
  std::string row = space.lastLoop("row"), lane = space.lastLoop("lane");
  if (lane.empty())
    lane = space.lastLoop("column");
  space.addTile(row, space.extentOf(row), lane, space.extentOf(lane));
  int64_t terms = space.extentOf(space.lastLoop("k"));
  space.add("k_block", "", {64, 128, 192, 256}, [&](int64_t value) { return value <= terms; });
  // Only loops that are shared already: whether to share at all follows from the work.
  for (const auto &[loop, extent] : schedule.loops)
    if (const int64_t *present = find(schedule, "parallel", loop); present && *present)
      space.addParallel(loop);
}

static void addAttention(Space &space, const OpSchedule &schedule) {
  int64_t queries = space.extentOf("query"), keys = space.extentOf("key");
  space.add("query_block", "", {8, 16, 24, 32, 48, 64},
            [&](int64_t value) { return value < queries + 8; });
  const int64_t *keyBlock = find(schedule, "key_block", "");
  const int64_t *diagonal = find(schedule, "diagonal_block", "");
  space.add("key_block", "", {4, 8, 16, 32, 64, 128, 256},
            [&](int64_t value) { return value <= keys && (!diagonal || value % *diagonal == 0); });
  if (keyBlock && diagonal)
    space.add("diagonal_block", "", {4, 8, 16, 32, 64},
              [&](int64_t value) { return *keyBlock % value == 0; });
  space.addTile("row", space.extentOf("depth"), "lane", queries + 8);
}

static void addElementwise(Space &space, const OpSchedule &schedule, int64_t lanes) {
  if (schedule.loops.empty())
    return;
  const auto &[last, extent] = schedule.loops.back();
  space.add("tile", last, {lanes, 2 * lanes, 4 * lanes},
            [&](int64_t value) { return value <= extent; });
  for (const auto &[loop, length] : schedule.loops)
    if (length > 1)
      return space.addParallel(loop);
}

std::vector<Coordinate> coordinates(const OpSchedule &schedule, const Registers &registers) {
  Space space(schedule, registers);
  if (schedule.kind == "contraction")
    addContraction(space, schedule);
  else if (schedule.kind == "attention")
    addAttention(space, schedule);
  else if (schedule.kind == "elementwise")
    addElementwise(space, schedule, registers.lanes);
  return std::move(space.result);
}

double estimatedWork(const OpSchedule &schedule) {
  double work = 1;
  if (schedule.kind == "attention") {
    double columns = 0;
    for (const auto &[loop, extent] : schedule.loops)
      if (loop == "depth" || loop == "value_depth")
        columns += extent;
      else
        work *= extent;
    return 2 * columns * work;
  }
  for (const auto &[loop, extent] : schedule.loops)
    work *= extent;
  // An element goes through memory, which takes as long as several multiply-adds.
  return (schedule.kind == "contraction" ? 2 : 16) * work;
}

} // namespace buddy::tune
