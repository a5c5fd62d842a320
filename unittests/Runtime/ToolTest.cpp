// buddy run, verify, bench and inspect as a user calls them: exit status and what is said.
#include "Contains.h"
#include "Safetensors.h"
#include "TinyPackage.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/wait.h>

using namespace buddy::runtime;
using namespace buddy::test;

namespace {

class Tool : public testing::Test {
protected:
  TinyPackage package;
  TemporaryFolder folder;
  std::string said; // the standard output and error of the last call

  int buddy(const std::string &arguments) {
    std::string log = folder.path + "/log";
    std::string command = std::string(BUDDY_TOOL) + " " + arguments + " >" + log + " 2>&1";
    int status = std::system(command.c_str());
    said = readFile(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string file(const std::string &name) const { return folder.path + "/" + name; }

  // Inputs and, with `prefix`, what PyTorch would have given if the model were `error` off.
  void writeTensors(const std::string &path, const std::string &prefix, double error) {
    float x[6] = {1, 2, 3, 4, 5, 6}, y32[6];
    double y64[6];
    int64_t position[6] = {0, 1, 2, 3, 4, 5}, count = 15;
    char keep[3] = {0, 1, 1};
    for (int i = 0; i < 6; ++i)
      y64[i] = y32[i] = 2 * x[i] + position[i] + 100 * keep[i % 3] + error;
    auto bytes = [](const auto &value) {
      return std::string_view(reinterpret_cast<const char *>(&value), sizeof value);
    };
    std::vector<StoredTensor> tensors = {{prefix + "x", "F32", {2, 3}, bytes(x)},
                                         {prefix + "position", "I64", {2, 3}, bytes(position)},
                                         {prefix + "keep", "BOOL", {3}, bytes(keep)}};
    if (!prefix.empty()) {
      tensors.push_back({"expected_f32.output0", "F32", {2, 3}, bytes(y32)});
      tensors.push_back({"expected_f64.output0", "F64", {2, 3}, bytes(y64)});
      tensors.push_back({"expected_f32.output1", "I64", {}, bytes(count)});
    }
    writeSafetensors(path, tensors);
  }
};

TEST_F(Tool, RunWritesOutputs) {
  for (const char *prefix : {"", "input."}) {
    writeTensors(file("in"), prefix, 0);
    ASSERT_EQ(buddy("run " + package.folder + " --threads 1 --inputs " + file("in") +
                    " --outputs " + file("out")),
              0)
        << said;
    EXPECT_EQ(said, "");
    SafetensorsFile out(file("out"));
    ASSERT_EQ(out.tensors().size(), 2u);
    ASSERT_TRUE(out.find("output0"));
    float y[6];
    std::memcpy(y, out.find("output0")->data.data(), sizeof y);
    EXPECT_EQ(y[5], 117);
  }
}

TEST_F(Tool, RunListsWhatIsWrongWithTheInputs) {
  std::string data(64, '\0');
  writeSafetensors(file("in"), {{"x", "F64", {2, 3}, std::string_view(data).substr(0, 48)},
                                {"keep", "BOOL", {2}, std::string_view(data).substr(0, 2)},
                                {"other", "U8", {1}, std::string_view(data).substr(0, 1)}});
  EXPECT_EQ(
      buddy("run " + package.folder + " --inputs " + file("in") + " --outputs " + file("out")), 1);
  EXPECT_CONTAINS(said, "x: is f64[2, 3], expected f32[2, 3]");
  EXPECT_CONTAINS(said, "position: missing, expected i64[2, 3]");
  EXPECT_CONTAINS(said, "keep: is bool[2], expected bool[3]");
  EXPECT_CONTAINS(said, "other: the model has no input of this name");
  EXPECT_FALSE(std::filesystem::exists(file("out")));
}

TEST_F(Tool, VerifyPassesAndFails) {
  std::string command = "verify " + package.folder + " --reference " + file("ref");
  writeTensors(file("ref"), "input.", 0);
  EXPECT_EQ(buddy(command), 0) << said;
  EXPECT_CONTAINS(said, ": verified");
  EXPECT_EQ(buddy(command + " --json"), 0);
  EXPECT_CONTAINS(said, "\"verified\": true");
  writeTensors(file("ref"), "input.", 0.5);
  EXPECT_EQ(buddy(command), 3);
  EXPECT_CONTAINS(said, "NOT VERIFIED");
  EXPECT_EQ(buddy(command + " --json"), 3);
  EXPECT_CONTAINS(said, "\"verified\": false");
  writeTensors(file("ref"), "", 0);
  EXPECT_EQ(buddy(command), 1);
  EXPECT_CONTAINS(said, "expected_f32.output0: missing");
}

TEST_F(Tool, BenchSaysWhetherItVerified) {
  std::string command = "bench " + package.folder + " --threads 1 --seconds 0.01";
  EXPECT_EQ(buddy(command), 0) << said;
  size_t lines = 0;
  std::istringstream stream(said);
  for (std::string line; std::getline(stream, line); ++lines)
    EXPECT_CONTAINS(line, "not verified");
  EXPECT_GE(lines, 5u);
  writeTensors(file("ref"), "input.", 0);
  EXPECT_EQ(buddy(command + " --json --reference " + file("ref")), 0) << said;
  EXPECT_CONTAINS(said, "\"verified\": true");
  EXPECT_CONTAINS(said, "fma_limit_gflops");
  writeTensors(file("ref"), "input.", 0.5);
  EXPECT_EQ(buddy(command + " --reference " + file("ref")), 3);
  EXPECT_EQ(said.find("median"), std::string::npos);
}

TEST_F(Tool, InspectShowsPackagesOfOtherMachines) {
  package.editManifest("\"features\": []", "\"features\": [\"made-up\"]");
  EXPECT_EQ(buddy("inspect " + package.folder), 0) << said;
  EXPECT_CONTAINS(said, "runs here  no, this CPU lacks made-up");
  EXPECT_CONTAINS(said, "i64[2, 3], computed as i32");
  EXPECT_EQ(buddy("inspect --json " + package.folder), 0);
  EXPECT_CONTAINS(said, "\"runs_here\": false");
  writeTensors(file("in"), "", 0);
  EXPECT_EQ(
      buddy("run " + package.folder + " --inputs " + file("in") + " --outputs " + file("out")), 1);
  EXPECT_CONTAINS(said, "this machine's CPU does not have: made-up");
}

TEST_F(Tool, InspectShowsSchedules) {
  EXPECT_EQ(buddy("inspect " + package.folder), 0) << said;
  EXPECT_CONTAINS(said, "f.contraction0 (row 2, column 3)  tiny.py:3");
  EXPECT_CONTAINS(said, "tile row 2; k_block 7");
  EXPECT_EQ(buddy("inspect --schedule " + package.folder), 0) << said;
  for (char &c : said)
    c = c == '\n' ? ' ' : c;
  said.erase(
      std::unique(said.begin(), said.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
      said.end());
  EXPECT_EQ(said,
            "{ \"version\": 1, \"schedules\": [ { \"op\": \"f.contraction0\", "
            "\"kind\": \"contraction\", \"location\": \"tiny.py:3\", "
            "\"loops\": { \"row\": 2, \"column\": 3 }, "
            "\"schedule\": { \"tile\": { \"row\": 2, \"column\": 0 }, \"k_block\": 7 } } ] } ");
  EXPECT_EQ(buddy("inspect --schedule --json " + package.folder), 2);
  package.editManifest("\"k_block\": 7", "\"k_block\": -7");
  EXPECT_EQ(buddy("inspect --schedule " + package.folder), 1);
  EXPECT_CONTAINS(said, "schedules[0].schedule.k_block should be a number from 0");
}

TEST_F(Tool, WrongUsage) {
  EXPECT_EQ(buddy(""), 2);
  EXPECT_EQ(buddy("frobnicate"), 2);
  EXPECT_CONTAINS(said, "there is no command 'frobnicate'");
  EXPECT_EQ(buddy("run " + package.folder), 2);
  EXPECT_CONTAINS(said, "--inputs is required");
  EXPECT_EQ(buddy("run x --inputs a --outputs b --threads -1"), 2);
  EXPECT_EQ(buddy("inspect " + package.folder + " --nonsense"), 2);
  EXPECT_EQ(buddy("--help"), 0);
  EXPECT_EQ(buddy("--version"), 0);
  EXPECT_EQ(buddy("inspect /nowhere"), 1);
  // Output that is lost is no success.
  std::string full = std::string(BUDDY_TOOL) + " inspect " + package.folder + " >/dev/full 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(full.c_str())), 1);
}

} // namespace
