// The form of a file of schedules; what it does to a program is in test/Midend/Schedules.
#include "buddy/Midend/Schedules/ScheduleFile.h"
#include <gtest/gtest.h>

using namespace buddy;

static ScheduleFile parse(llvm::StringRef text) {
  auto file = parseScheduleFile("file.json", text);
  if (file)
    return std::move(*file);
  ADD_FAILURE() << llvm::toString(file.takeError());
  return {};
}

static std::string errorOf(llvm::StringRef text) {
  auto file = parseScheduleFile("file.json", text);
  return file ? "" : llvm::toString(file.takeError());
}

// One entry with these members beside the op.
static std::string errorOfEntry(const std::string &members) {
  return errorOf(R"({"version": 1, "schedules": [{"op": "f.x0", )" + members + "}]}");
}

TEST(ScheduleFile, EntriesAndFieldsInTheirOrder) {
  ScheduleFile file = parse(R"({"version": 1, "note": "made by hand", "schedules": [
    {"op": "f.contraction1", "kind": "contraction", "location": "model.py:3",
     "loops": {"row": 40, "k": 1536},
     "schedule": {"tile": {"k": 0, "row": 8}, "k_block": 256}},
    {"op": "f.attention0", "schedule": {}}]})");
  EXPECT_EQ(file.name, "file.json");
  EXPECT_FALSE(file.refused);
  ASSERT_EQ(file.overrides.size(), 2u);
  const ScheduleOverride &entry = file.overrides[0];
  EXPECT_EQ(entry.op, "f.contraction1");
  EXPECT_EQ(entry.kind, "contraction");
  EXPECT_EQ(entry.loops, (NamedNumbers{{"row", 40}, {"k", 1536}}));
  ASSERT_EQ(entry.fields.size(), 2u);
  EXPECT_EQ(entry.fields[0].name, "tile");
  EXPECT_FALSE(entry.fields[0].number);
  EXPECT_EQ(entry.fields[0].elements, (NamedNumbers{{"k", 0}, {"row", 8}}));
  EXPECT_EQ(entry.fields[1].name, "k_block");
  EXPECT_EQ(entry.fields[1].number, 256);
  EXPECT_TRUE(file.overrides[1].kind.empty());
  EXPECT_FALSE(file.overrides[1].loops);
  EXPECT_TRUE(file.overrides[1].fields.empty());
}

TEST(ScheduleFile, NothingToOverride) {
  EXPECT_TRUE(parse(R"({"version": 1, "schedules": []})").overrides.empty());
}

TEST(ScheduleFile, BrokenText) {
  for (const char *text : {"", "{", "[1, 2", "tile = 8", "\xff"})
    EXPECT_EQ(errorOf(text).rfind("file.json is not valid JSON", 0), 0u) << errorOf(text);
  EXPECT_NE(errorOf(std::string(5000, '[')).find("file.json"), std::string::npos);
}

TEST(ScheduleFile, WrongForm) {
  auto expect = [](const std::string &error, const char *says) {
    EXPECT_NE(error.find(std::string("file.json: ") + says), std::string::npos) << error;
  };
  expect(errorOf("[]"), "the document must be an object");
  expect(errorOf(R"({"schedules": []})"), "'version' is missing");
  expect(errorOf(R"({"version": 2, "schedules": []})"), "'version' must be 1");
  expect(errorOf(R"({"version": "1", "schedules": []})"), "'version' must be an integer");
  expect(errorOf(R"({"version": 1})"), "'schedules' is missing");
  expect(errorOf(R"({"version": 1, "schedules": {}})"), "'schedules' must be an array");
  expect(errorOf(R"({"version": 1, "schedules": [], "shedules": []})"), "'shedules' is not known");
  expect(errorOf(R"({"version": 1, "schedules": [7]})"), "'schedules[0]' must be an object");
  expect(errorOf(R"({"version": 1, "schedules": [{"schedule": {}}]})"),
         "'schedules[0].op' is missing");
  expect(errorOf(R"({"version": 1, "schedules": [{"op": 3, "schedule": {}}]})"),
         "'schedules[0].op' must be a string");
  expect(errorOfEntry(R"("kind": "contraction")"), "'schedules[0].schedule' is missing");
  expect(errorOfEntry(R"("schedule": {}, "shedule": {})"), "'schedules[0].shedule' is not known");
  expect(errorOfEntry(R"("schedule": {"k_block": 8.5})"),
         "'schedules[0].schedule.k_block' must be an integer");
  expect(errorOfEntry(R"("schedule": {"k_block": "8"})"),
         "'schedules[0].schedule.k_block' must be an integer");
  expect(errorOfEntry(R"("schedule": {"tile": [8, 32]})"),
         "'schedules[0].schedule.tile' must be an integer");
  expect(errorOfEntry(R"("schedule": {"tile": {"row": true}})"),
         "'schedules[0].schedule.tile.row' must be an integer");
  expect(errorOfEntry(R"("schedule": {"k_block": 8, "k_block": 9})"),
         "'schedules[0].schedule.k_block' is there twice");
  expect(errorOf(R"({"version": 1, "schedules": [{"op": "a", "schedule": {}},
                                                 {"op": "a", "schedule": {}}]})"),
         "'schedules[1].op' is \"a\", which has an entry already");
}

TEST(ScheduleFile, AFileThatCannotBeRead) {
  auto file = readScheduleFile("/nowhere/schedule.json");
  ASSERT_FALSE(bool(file));
  EXPECT_EQ(llvm::toString(file.takeError()),
            "cannot read the schedules in '/nowhere/schedule.json': No such file or directory");
}
