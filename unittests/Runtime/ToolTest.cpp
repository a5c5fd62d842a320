// buddy run, verify, bench and inspect as a user calls them: exit status and what is said.
#include "Contains.h"
#include "Safetensors.h"
#include "TinyPackage.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <list>
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

// What holds for packages whose sizes are symbols.
class SymbolicTool : public Tool {
protected:
  TinyPackage symbolic{Symbols::Yes};

  // Steps of the entry "stretch", each of its own sizes; one alone has no step in its names. With
  // `reference` a file of what PyTorch would have given if the model were `error` off.
  void writeSteps(const std::string &path, const std::vector<std::pair<int64_t, int64_t>> &sizes,
                  bool reference, double error = 0) {
    std::vector<StoredTensor> tensors;
    std::list<std::string> bytes;
    auto add = [&](const std::string &name, const char *dtype, std::vector<int64_t> shape,
                   const auto &values) {
      bytes.emplace_back(reinterpret_cast<const char *>(values.data()),
                         values.size() * sizeof values[0]);
      tensors.push_back({name, dtype, shape, bytes.back()});
    };
    for (size_t step = 0; step < sizes.size(); ++step) {
      auto [batch, length] = sizes[step];
      std::vector<float> x(batch * length), y32;
      std::vector<double> y64;
      std::vector<int64_t> ids(batch * length), count(batch, length);
      std::vector<uint8_t> keep(length, 1);
      for (int64_t i = 0; i < batch * length; ++i) {
        x[i] = i;
        ids[i] = (i + step) % 10;
        y64.push_back(2 * x[i] + ids[i] + error);
        if (i % length == length - 1)
          y64.push_back(7);
      }
      y32.assign(y64.begin(), y64.end());
      std::string prefix =
          (sizes.size() > 1 ? "step" + std::to_string(step) + "." : "") + "stretch.";
      std::string input = prefix + (reference ? "input." : "");
      add(input + "x", "F32", {batch, length}, x);
      add(input + "ids", "I64", {batch, length}, ids);
      add(input + "keep", "BOOL", {length}, keep);
      if (!reference)
        continue;
      add(prefix + "expected_f32.output0", "F32", {batch, length + 1}, y32);
      add(prefix + "expected_f64.output0", "F64", {batch, length + 1}, y64);
      add(prefix + "expected_f32.output1", "I64", {batch}, count);
    }
    writeSafetensors(path, tensors);
  }
};

TEST_F(SymbolicTool, RunWritesOutputsOfEachStepsSize) {
  std::string command = "run " + symbolic.folder + " --threads 1 --inputs " + file("in") +
                        " --outputs " + file("out");
  writeSteps(file("in"), {{2, 5}, {1, 40}, {3, 2}}, false);
  ASSERT_EQ(buddy(command), 0) << said;
  SafetensorsFile out(file("out"));
  ASSERT_EQ(out.tensors().size(), 6u);
  EXPECT_EQ(out.find("step0.stretch.output0")->shape, (std::vector<int64_t>{2, 6}));
  EXPECT_EQ(out.find("step1.stretch.output0")->shape, (std::vector<int64_t>{1, 41}));
  EXPECT_EQ(out.find("step1.stretch.output0")->data.size(), 164u);
  EXPECT_EQ(out.find("step2.stretch.output1")->shape, (std::vector<int64_t>{3}));
  float y[41];
  std::memcpy(y, out.find("step1.stretch.output0")->data.data(), sizeof y);
  EXPECT_EQ(y[39], 78); // 2 * 39 + (39 + 1) % 10
  EXPECT_EQ(y[40], 7);
}

TEST_F(SymbolicTool, RunListsWrongSizes) {
  std::string data(2000, '\0');
  auto bytes = [&](size_t size) { return std::string_view(data).substr(0, size); };
  writeSafetensors(file("in"), {{"step0.stretch.x", "F32", {2, 5}, bytes(40)},
                                {"step0.stretch.ids", "I64", {2, 4}, bytes(64)},
                                {"step0.stretch.keep", "BOOL", {5}, bytes(5)},
                                {"step1.stretch.x", "F32", {1, 101}, bytes(404)},
                                {"step1.stretch.ids", "I64", {1, 101}, bytes(808)},
                                {"step1.stretch.keep", "BOOL", {101}, bytes(101)},
                                {"step2.stretch.x", "F32", {5}, bytes(20)},
                                {"step2.stretch.ids", "I64", {1, 5}, bytes(40)},
                                {"step2.stretch.keep", "BOOL", {5}, bytes(5)}});
  EXPECT_EQ(
      buddy("run " + symbolic.folder + " --inputs " + file("in") + " --outputs " + file("out")), 1);
  EXPECT_CONTAINS(said, "step0.stretch: input 1 (ids): shape is [2, 4], expected [batch, s64] with "
                        "batch = 2 (from input 0 (x), dimension 0), s64 = 5");
  EXPECT_CONTAINS(said, "step1.stretch: input 0 (x): dimension 1 (s64) is 101, must be 2 to 100");
  EXPECT_CONTAINS(said, "step2.stretch.x: is f32[5], expected f32[batch, s64]");
}

TEST_F(SymbolicTool, VerifyTakesStepsOfDifferentSizes) {
  std::string command = "verify " + symbolic.folder + " --reference " + file("ref");
  writeSteps(file("ref"), {{2, 5}, {1, 40}, {3, 2}, {2, 5}}, true);
  EXPECT_EQ(buddy(command), 0) << said;
  EXPECT_CONTAINS(said, "step1.stretch.output0  f32[1, 41]");
  EXPECT_CONTAINS(said, "step3.stretch.output1  i64[2]");
  writeSteps(file("ref"), {{2, 5}, {1, 40}}, true, 0.5);
  EXPECT_EQ(buddy(command), 3);
  writeSteps(file("ref"), {{1, 40}}, true);
  EXPECT_EQ(buddy(command), 0) << said;
  // An expected output of the shape of other sizes.
  SafetensorsFile reference(file("ref"));
  std::vector<StoredTensor> tensors = reference.tensors();
  for (StoredTensor &tensor : tensors)
    if (tensor.name == "stretch.expected_f32.output0") {
      tensor.shape = {1, 40};
      tensor.data = tensor.data.substr(0, 160);
    }
  writeSafetensors(file("other"), tensors);
  EXPECT_EQ(buddy("verify " + symbolic.folder + " --reference " + file("other")), 1);
  EXPECT_CONTAINS(said, "stretch.expected_f32.output0: is F32[1, 40], expected F32[1, 41]");
}

TEST_F(SymbolicTool, BenchNeedsSizes) {
  std::string command = "bench " + symbolic.folder + " --threads 1 --seconds 0.01";
  EXPECT_EQ(buddy(command), 2);
  EXPECT_CONTAINS(said, "its sizes are not fixed: give a reference file's (--reference FILE), or "
                        "--size batch=N (at least 1) --size s64=N (2 to 100)");
  EXPECT_EQ(buddy(command + " --size s64=40"), 2);
  EXPECT_EQ(buddy(command + " --size s64=40 --size batch=0"), 2);
  EXPECT_CONTAINS(said, "--size batch=0: must be at least 1");
  EXPECT_EQ(buddy(command + " --size s64"), 2);
  EXPECT_CONTAINS(said, "'s64' is not NAME=N, as in s64=40");
  EXPECT_EQ(
      buddy("bench --size s64=40 --size batch=2 --threads 1 --seconds 0.01 " + symbolic.folder), 0)
      << said;
  EXPECT_CONTAINS(said, "size          s64 = 40  (not verified)");
  EXPECT_CONTAINS(said, "(0.0000 GFLOP a run)");
  EXPECT_EQ(buddy(command + " --entry forward"), 0) << said;
  EXPECT_EQ(buddy(command + " --entry forward --size s64=40"), 2);
  EXPECT_CONTAINS(said, "its sizes are fixed");
  writeSteps(file("ref"), {{2, 5}, {1, 40}}, true);
  EXPECT_EQ(buddy(command + " --json --reference " + file("ref")), 0) << said;
  EXPECT_CONTAINS(said, "\"s64\": 40");
  EXPECT_CONTAINS(said, "\"flops\": 80");
  EXPECT_EQ(buddy(command + " --size s64=40 --reference " + file("ref")), 2);
}

TEST_F(SymbolicTool, InspectShowsSymbols) {
  EXPECT_EQ(buddy("inspect " + symbolic.folder), 0) << said;
  EXPECT_CONTAINS(said, "stretch (buddy_entry_stretch), workspace by buddy_workspace_stretch");
  EXPECT_CONTAINS(said, "  symbol  batch                at least 1\n");
  EXPECT_CONTAINS(said, "  symbol  s64                  2 to 100\n");
  EXPECT_CONTAINS(said, "i64[batch, s64], from 0 to 9\n");
  EXPECT_CONTAINS(said, "f32[batch, s64 + 1]\n");
  EXPECT_CONTAINS(said, "work    2*batch*s64 FLOP a run\n");
  EXPECT_CONTAINS(said, "forward (buddy_entry_forward), workspace 256 bytes");
  EXPECT_EQ(buddy("inspect --json " + symbolic.folder), 0) << said;
  EXPECT_CONTAINS(said, "\"s64 + 1\"");
  EXPECT_CONTAINS(said, "\"max\": 100");
  EXPECT_CONTAINS(said, "\"workspace\": \"buddy_workspace_stretch\"");
  EXPECT_CONTAINS(said, "\"flops\": \"2*batch*s64\"");
  EXPECT_CONTAINS(said, "\"flops\": 12");
  EXPECT_CONTAINS(said, "\"workspace_bytes\": 256");
}

TEST_F(Tool, InspectShowsPackagesOfOtherMachines) {
  package.editManifest("\"features\": []", "\"features\": [\"made-up\"]");
  EXPECT_EQ(buddy("inspect " + package.folder), 0) << said;
  EXPECT_CONTAINS(said, "runs here  no, this CPU lacks made-up");
  EXPECT_CONTAINS(said, "i64[2, 3]\n");
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
