// What buddy doctor makes of machines that this one is not.
#include "Contains.h"
#include "Doctor/Facts.h"
#include <gtest/gtest.h>

using namespace buddy::doctor;

namespace {

// One on which nothing is to be said.
Facts goodMachine() {
  Facts facts;
  facts.programs.version = "0.1.0";
  facts.programs.llvm = "22.1.8";
  facts.programs.llvmBuilt = "22.1.1";
  facts.programs.linker = {"/usr/bin/ld.lld", "22.1.8", ""};
  facts.programs.openmp = {"/usr/lib/libomp.so.5", "", ""};
  facts.programs.python = {"/usr/bin/python3", "3.11.2", "2.13.0", "0.1.0"};
  facts.cpu.name = "a CPU";
  facts.cpu.target = "x86-64-v3";
  facts.threads.processors = facts.threads.usable = 8;
  facts.memory.bytes = int64_t(16) << 30;
  facts.memory.hugePages = "madvise";
  facts.temporary = {"/tmp", "", int64_t(10) << 30};
  return facts;
}

// The one finding on a machine.
Finding only(const Facts &facts) {
  std::vector<Finding> findings = judge(facts);
  EXPECT_EQ(findings.size(), 1u);
  return findings.empty() ? Finding{false, "", ""} : findings.front();
}

TEST(Doctor, NothingToSay) { EXPECT_TRUE(judge(goodMachine()).empty()); }

TEST(Doctor, WhatCannotBeDoneWithout) {
  struct Case {
    void (*spoil)(Facts &facts);
    const char *says, *advises;
  };
  const Case cases[] = {
      {[](Facts &f) { f.programs.linker = {"", "", "the linker is missing"}; },
       "the linker is missing", "lld-22"},
      {[](Facts &f) { f.programs.openmp = {"", "", "libomp.so.5: cannot open"}; }, "libomp.so.5",
       "libomp5-22"},
      {[](Facts &f) { f.programs.llvm = "21.0.0"; }, "runs with 21.0.0", "libllvm22"},
      {[](Facts &f) {
         f.cpu.target = "";
         f.cpu.problem = "it has no avx2";
       },
       "it has no avx2", "--target"},
      {[](Facts &f) { f.temporary.problem = "Permission denied"; }, "Permission denied", "TMPDIR"},
      {[](Facts &f) { f.temporary.freeBytes = 1 << 20; }, "has 1 MiB left", "TMPDIR"}};
  for (const Case &one : cases) {
    Facts facts = goodMachine();
    one.spoil(facts);
    Finding finding = only(facts);
    EXPECT_TRUE(finding.isProblem) << finding.what;
    EXPECT_CONTAINS(finding.what, one.says);
    EXPECT_CONTAINS(finding.whatToDo, one.advises);
  }
}

TEST(Doctor, WhatCouldBeBetter) {
  struct Case {
    void (*spoil)(Facts &facts);
    const char *says, *advises;
  };
  const Case cases[] = {
      {[](Facts &f) { f.programs.python = {}; }, "no Python", "python3"},
      {[](Facts &f) { f.programs.python.torch = ""; }, "no PyTorch", "bootstrap"},
      {[](Facts &f) { f.programs.python.package = ""; }, "buddy_attention", "PYTHONPATH"},
      {[](Facts &f) { f.threads.quota = 2.5; }, "2.5 processors", "--threads 2"},
      {[](Facts &f) { f.threads.quota = 0.5; }, "0.5 processors", "--threads 1"},
      {[](Facts &f) { f.threads.usable = 3; }, "3 of 8 processors", "taskset"},
      {[](Facts &f) { f.threads.ompNumThreads = "16"; }, "OMP_NUM_THREADS is 16", "to 8"},
      {[](Facts &f) { f.threads.load = 6; }, "load 6", "quiet"},
      {[](Facts &f) { f.cpu.governor = "powersave"; }, "saving power", "performance"},
      {[](Facts &f) { f.memory.hugePages = "never"; }, "huge pages are off", "madvise"},
      {[](Facts &f) { f.memory.groupLimit = 500 << 20; }, "less than 1 GiB", "larger"}};
  for (const Case &one : cases) {
    Facts facts = goodMachine();
    one.spoil(facts);
    Finding finding = only(facts);
    EXPECT_FALSE(finding.isProblem) << finding.what;
    EXPECT_CONTAINS(finding.what, one.says);
    EXPECT_CONTAINS(finding.whatToDo, one.advises);
  }
}

TEST(Doctor, ProblemsComeFirst) {
  Facts facts = goodMachine();
  facts.programs.python = {};
  facts.temporary.problem = "Read-only file system";
  std::vector<Finding> findings = judge(facts);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_TRUE(findings[0].isProblem);
  EXPECT_FALSE(findings[1].isProblem);
}

// A quota that is no less than what may be used takes nothing away.
TEST(Doctor, LimitsThatDoNotBind) {
  Facts facts = goodMachine();
  facts.threads.quota = 8;
  facts.threads.ompNumThreads = "8";
  facts.memory.groupLimit = int64_t(8) << 30;
  EXPECT_TRUE(judge(facts).empty());
}

} // namespace
