// What is read out of buddy.schedules.
#include "buddy/Midend/Schedules/RecordedSchedules.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace buddy;

static llvm::Expected<std::vector<RecordedSchedule>> read(const std::string &list) {
  static mlir::MLIRContext context;
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "module attributes {" + (list.empty() ? "" : "buddy.schedules = " + list) + "} {}", &context);
  EXPECT_TRUE(bool(module));
  return readRecordedSchedules(*module);
}

TEST(RecordedSchedules, FieldsTakeTheNamesOfLoops) {
  auto list = read(R"([{op = "f.contraction0", function = "f", kind = "contraction",
      location = "model.py:3", loops = ["row", "k"], extents = array<i64: 40, 512>,
      schedule = {kind = "tile", parallel = array<i64: 5, 0>, tile = array<i64: 8, 0>,
                  k_block = 64}},
     {op = "f.attention0", kind = "attention", loops = ["query"], extents = array<i64: 16>,
      schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 2, 16>}}])");
  ASSERT_TRUE(bool(list)) << llvm::toString(list.takeError());
  ASSERT_EQ(list->size(), 2u);
  const RecordedSchedule &first = list->front();
  EXPECT_EQ(first.op, "f.contraction0");
  EXPECT_EQ(first.location, "model.py:3");
  EXPECT_EQ(first.loops, (NamedNumbers{{"row", 40}, {"k", 512}}));
  ASSERT_EQ(first.fields.size(), 3u);
  EXPECT_EQ(first.fields[0].name, "parallel");
  EXPECT_EQ(first.fields[0].elements, (NamedNumbers{{"row", 5}, {"k", 0}}));
  EXPECT_EQ(first.fields[2].name, "k_block");
  EXPECT_EQ(first.fields[2].number, 64);
  const RecordedSchedule &second = list->back();
  EXPECT_TRUE(second.location.empty());
  ASSERT_EQ(second.fields.size(), 3u);
  EXPECT_EQ(second.fields[2].elements, (NamedNumbers{{"row", 2}, {"lane", 16}}));
}

TEST(RecordedSchedules, OptionalFieldsAndNoList) {
  auto list = read(R"([{op = "f.e0", kind = "elementwise", loops = ["loop0"],
      extents = array<i64: 3>,
      schedule = {kind = "tile", parallel = array<i64: 0>, tile = array<i64: 1>}}])");
  ASSERT_TRUE(bool(list));
  EXPECT_EQ(list->front().fields.size(), 2u);
  auto none = read("");
  ASSERT_TRUE(bool(none));
  EXPECT_TRUE(none->empty());
}

TEST(RecordedSchedules, Malformed) {
  for (const char *text :
       {"7", "[7]", "[{}]", R"([{op = "f.e0", kind = "elementwise"}])",
        R"([{op = "f.e0", kind = "elementwise", loops = ["loop0"], extents = array<i64: 3, 4>,
             schedule = {kind = "tile", parallel = array<i64: 0>, tile = array<i64: 1>}}])",
        R"([{op = "f.e0", kind = "elementwise", loops = ["loop0"], extents = array<i64: 3>,
             schedule = {kind = "tile", parallel = array<i64: 0>}}])",
        R"([{op = "f.e0", kind = "elementwise", loops = ["loop0"], extents = array<i64: 3>,
             schedule = {kind = "tile", parallel = array<i64: 0>, tile = array<i64: 1, 2>}}])",
        R"([{op = "f.e0", kind = "elementwise", loops = [0], extents = array<i64: 3>,
             schedule = {kind = "tile", parallel = array<i64: 0>, tile = array<i64: 1>}}])"}) {
    auto list = read(text);
    ASSERT_FALSE(bool(list)) << text;
    EXPECT_EQ(llvm::toString(list.takeError()).rfind("the module's attribute buddy.schedules", 0),
              0u);
  }
}
