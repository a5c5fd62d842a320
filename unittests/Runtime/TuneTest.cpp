// The parts of buddy tune: what it tries, how it judges, and the process it does it in.
#include "Contains.h"
#include "TinyPackage.h"
#include "Tune/Child.h"
#include "Tune/Compare.h"
#include "Tune/SearchSpace.h"
#include "WriteFile.h"
#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace buddy;
using namespace buddy::test;
using namespace buddy::tune;
using runtime::OpSchedule;

// The space
// -----------------------------------------------------------------------------------------

static OpSchedule contraction(int64_t rows) {
  return {"f.contraction0",
          "contraction",
          "",
          {{"panel", 48}, {"row", rows}, {"lane", 32}, {"k", 1536}},
          {{"parallel", {}, {{"panel", 1}, {"row", 0}, {"lane", 0}, {"k", 0}}},
           {"tile", {}, {{"panel", 1}, {"row", 8}, {"lane", 32}, {"k", 0}}},
           {"k_block", 256, {}}}};
}

static OpSchedule attention() {
  return {
      "f.attention0",
      "attention",
      "",
      {{"batch", 1}, {"head", 12}, {"query", 40}, {"key", 40}, {"depth", 64}, {"value_depth", 64}},
      {{"query_block", 16, {}}, {"key_block", 8, {}}, {"tile", {}, {{"row", 8}, {"lane", 32}}}}};
}

static const Coordinate *named(const std::vector<Coordinate> &list, const std::string &name) {
  for (const Coordinate &coordinate : list)
    if (coordinate.name() == name)
      return &coordinate;
  return nullptr;
}

TEST(SearchSpace, ValuesAreLegalAndNotThePresentOne) {
  for (const OpSchedule &schedule : {contraction(40), contraction(2), attention()})
    for (const Coordinate &coordinate : coordinates(schedule, {16, 32})) {
      EXPECT_FALSE(coordinate.values.empty()) << coordinate.name();
      for (int64_t value : coordinate.values) {
        EXPECT_NE(value, valueAt(schedule, coordinate)) << coordinate.name();
        EXPECT_GT(value, 0) << coordinate.name();
        if (coordinate.field == "parallel") {
          EXPECT_EQ(48 % value, 0);
        }
      }
    }
}

TEST(SearchSpace, TilesFitInTheRegisters) {
  auto largest = [](const OpSchedule &schedule, Registers registers) {
    auto list = coordinates(schedule, registers);
    const Coordinate *rows = named(list, "tile.row");
    EXPECT_TRUE(rows);
    return rows ? *std::max_element(rows->values.begin(), rows->values.end()) : 0;
  };
  EXPECT_EQ(largest(contraction(40), {16, 32}), 14); // 14 x 2 + 2 + 1 of 32
  EXPECT_EQ(largest(contraction(40), {16, 16}), 6);
  EXPECT_EQ(largest(contraction(3), {16, 32}), 3);
}

TEST(SearchSpace, OnlyLoopsThatAreSharedChangeTheirShare) {
  auto list = coordinates(contraction(40), {16, 32});
  EXPECT_TRUE(named(list, "parallel.panel"));
  EXPECT_FALSE(named(list, "parallel.row"));
  EXPECT_FALSE(named(list, "parallel.k"));
}

TEST(SearchSpace, NearestFirst) {
  auto list = coordinates(contraction(40), {16, 32});
  const Coordinate *rows = named(list, "tile.row");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->values.front(), 7);
  EXPECT_EQ(rows->values.back(), 1);
}

TEST(SearchSpace, WhatIsNotKnownIsLeftAlone) {
  OpSchedule schedule = contraction(40);
  schedule.fields.push_back({"prefetch", 3, {}});
  EXPECT_FALSE(named(coordinates(schedule, {16, 32}), "prefetch"));
  schedule.kind = "sorting";
  EXPECT_TRUE(coordinates(schedule, {16, 32}).empty());
}

TEST(SearchSpace, ValuesAreSetWhereTheyWereRead) {
  OpSchedule schedule = contraction(40);
  Coordinate rows{"tile", "row", {}}, terms{"k_block", "", {}};
  setValueAt(schedule, rows, 6);
  setValueAt(schedule, terms, 64);
  EXPECT_EQ(valueAt(schedule, rows), 6);
  EXPECT_EQ(schedule.fields[1].elements[1].second, 6);
  EXPECT_EQ(schedule.fields[0].elements[1].second, 0);
  EXPECT_EQ(schedule.fields[2].number, 64);
}

TEST(SearchSpace, WorkIsOfTheWholeLoopNest) {
  EXPECT_EQ(estimatedWork(contraction(40)), 2.0 * 48 * 40 * 32 * 1536);
  EXPECT_EQ(estimatedWork(attention()), 2.0 * 12 * 40 * 40 * 128);
}

// The judgement
// -------------------------------------------------------------------------------------

TEST(Compare, EqualTimesAreNotFaster) {
  std::vector<double> a, b;
  for (int i = 0; i < 40; ++i) {
    a.push_back(1 + 0.02 * (i % 8));
    b.push_back(1 + 0.02 * (7 - i % 8));
  }
  Comparison result = compareTimes(a, b);
  EXPECT_EQ(result.rounds, 40);
  EXPECT_GT(result.noise, 0);
  EXPECT_FALSE(result.isFaster());
  EXPECT_FALSE(result.isSlower());
}

TEST(Compare, FasterMustBeBeyondTheNoise) {
  std::vector<double> best(30, 1.0), steady(30, 0.97), noisy;
  for (int i = 0; i < 30; ++i)
    noisy.push_back(i % 2 ? 0.6 : 1.34);
  EXPECT_TRUE(compareTimes(best, steady).isFaster());
  EXPECT_NEAR(compareTimes(best, steady).ratio, 0.97, 1e-12);
  EXPECT_FALSE(compareTimes(best, noisy).isFaster());
  // Steady but within what the place of the code in memory does.
  EXPECT_FALSE(compareTimes(best, std::vector<double>(30, 0.997)).isFaster());
  EXPECT_TRUE(compareTimes(steady, best).isSlower());
}

TEST(Compare, OutliersDoNotCount) {
  std::vector<double> best(20, 1.0), candidate(20, 0.9);
  candidate[3] = candidate[11] = 50;
  best[7] = 80;
  EXPECT_TRUE(compareTimes(best, candidate).isFaster());
  EXPECT_FALSE(compareTimes(candidate, best).isFaster());
}

TEST(Compare, NothingMeasured) { EXPECT_FALSE(compareTimes({}, {}).isFaster()); }

static runtime::TensorSpec floats(int64_t count) {
  runtime::TensorSpec spec;
  spec.name = "output0";
  spec.shape = {count};
  spec.elements = count;
  return spec;
}

static std::string difference(const std::vector<float> &ours, const std::vector<float> &untuned) {
  return differenceFrom(floats(ours.size()), reinterpret_cast<const char *>(ours.data()),
                        reinterpret_cast<const char *>(untuned.data()));
}

TEST(Compare, RoundingIsAllowedErrorsAreNot) {
  std::vector<float> untuned(1000), ours(1000);
  for (int i = 0; i < 1000; ++i)
    untuned[i] = ours[i] = std::sin(float(i));
  EXPECT_EQ(difference(ours, untuned), "");
  for (float &value : ours)
    value = value * (1 + 0x1p-21f);
  EXPECT_EQ(difference(ours, untuned), "");
  for (float &value : ours)
    value = value * (1 + 0x1p-16f);
  EXPECT_CONTAINS(difference(ours, untuned), "root mean square");
  ours = untuned;
  ours[500] += 0x1p-14f; // one element alone
  EXPECT_CONTAINS(difference(ours, untuned), "by up to");
}

TEST(Compare, NonFiniteValuesAreEqual) {
  EXPECT_EQ(difference({NAN, INFINITY, 1}, {NAN, INFINITY, 1}), "");
  EXPECT_CONTAINS(difference({1, NAN, 1}, {1, 2, 1}), "element [1] is nan");
  EXPECT_CONTAINS(difference({1, 2}, {1, NAN}), "element [1] is 2");
  EXPECT_CONTAINS(difference({INFINITY}, {-INFINITY}), "element [0]");
}

TEST(Compare, MeasuresAPackageBesideItself) {
  TinyPackage package;
  Verdict verdict =
      compare({package.folder, package.folder, package.folder, "", /*threads=*/1, 0.01});
  EXPECT_EQ(verdict.kind, Verdict::Kind::Measured) << verdict.text;
  EXPECT_GE(verdict.times.rounds, 8);
  EXPECT_GT(verdict.times.bestMs, 0);
  Verdict same = unpack(pack(verdict));
  EXPECT_EQ(same.times.rounds, verdict.times.rounds);
  EXPECT_EQ(same.times.ratio, verdict.times.ratio);
  EXPECT_EQ(unpack("short").kind, Verdict::Kind::CannotLoad);
}

TEST(Compare, MeasuresAtTheSizesAskedFor) {
  TinyPackage package(Symbols::Yes);
  CompareRequest request = {package.folder, package.folder, package.folder, "", 1, 0.01};
  Verdict verdict = compare(request);
  EXPECT_EQ(verdict.kind, Verdict::Kind::CannotLoad);
  EXPECT_CONTAINS(verdict.text, "its sizes are not fixed");
  request.sizes = {{"s64", 40}, {"batch", 3}};
  verdict = compare(request);
  EXPECT_EQ(verdict.kind, Verdict::Kind::Measured) << verdict.text;
  EXPECT_GE(verdict.times.rounds, 8);
}

TEST(Compare, SaysWhyAPackageCannotBeMeasured) {
  Verdict verdict = compare({"/nowhere", "/nowhere", "/nowhere", "", 1, 0.01});
  EXPECT_EQ(verdict.kind, Verdict::Kind::CannotLoad);
  EXPECT_CONTAINS(verdict.text, "/nowhere");
}

// The process
// ---------------------------------------------------------------------------------------

TEST(Child, GivesBackWhatTheWorkGave) {
  std::string large(1 << 20, 'x');
  ChildResult result = runInChild(
      [&](std::string &output) {
        output = large;
        return 3;
      },
      60);
  EXPECT_EQ(result.end, ChildResult::End::Done);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, large);
}

TEST(Child, CrashesAreSurvived) {
  auto crash = [](std::string &) {
    std::signal(SIGSEGV, SIG_DFL); // sanitizers have a handler, which ends the process by itself
    return std::raise(SIGSEGV);
  };
  ChildResult result = runInChild(crash, 60);
  EXPECT_EQ(result.end, ChildResult::End::Crashed);
  EXPECT_EQ(result.status, SIGSEGV);
  result = runInChild([](std::string &) -> int { throw std::runtime_error("no more"); }, 60);
  EXPECT_EQ(result.end, ChildResult::End::Done);
  EXPECT_EQ(result.status, 70);
  EXPECT_EQ(result.output, "no more");
}

TEST(Child, HangsAreEnded) {
  ChildResult result = runInChild(
      [](std::string &) {
        for (;;)
          ::pause();
        return 0;
      },
      0.1);
  EXPECT_EQ(result.end, ChildResult::End::TimedOut);
}

TEST(Child, SignalsOnlyInterrupt) {
  // A process of its own: this one may have threads by now, from other tests.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto interruptedWork = [] {
    catchInterrupts();
    ChildResult before = runInChild([](std::string &) { return 0; }, 60);
    std::raise(SIGTERM);
    ChildResult result = runInChild(
        [](std::string &) {
          ::sleep(60);
          return 0;
        },
        60);
    bool right = before.end == ChildResult::End::Done && interrupted() &&
                 result.end == ChildResult::End::Interrupted;
    std::_Exit(right ? 0 : 1);
  };
  EXPECT_EXIT(interruptedWork(), testing::ExitedWithCode(0), "");
  auto endedWork = [] {
    std::signal(SIGINT, SIG_DFL); // a shell ignores it for what runs in the background
    catchInterrupts();
    std::raise(SIGINT);
    endByInterrupt();
  };
  EXPECT_EXIT(endedWork(), testing::KilledBySignal(SIGINT), "");
}

TEST(WriteFile, ReplacesWholeFiles) {
  TemporaryFolder folder;
  std::string path = folder.path + "/a.json";
  EXPECT_EQ(buddy::writeFile(path, "one"), "");
  EXPECT_EQ(buddy::writeFile(path, "two"), "");
  EXPECT_EQ(readFile(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
  EXPECT_CONTAINS(buddy::writeFile(folder.path + "/none/a.json", "x"), "No such file");
  std::filesystem::create_directory(folder.path + "/folder");
  EXPECT_CONTAINS(buddy::writeFile(folder.path + "/folder", "x"), "cannot replace");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 2);
}
