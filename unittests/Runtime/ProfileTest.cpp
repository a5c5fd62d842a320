// The times of a run's kernels.
#include "Contains.h"
#include "LoadedPackage.h"
#include "RunTensors.h"
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using namespace buddy::test;

namespace {

class Profile : public LoadedPackage {
protected:
  void run() { ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error(); }

  std::vector<BuddyKernelTime> times() {
    const BuddyKernelTime *times = nullptr;
    size_t count = 0;
    EXPECT_EQ(buddy_context_kernel_times(context, &times, &count, &lost), BUDDY_OK);
    return {times, times + count};
  }

  static void expectSame(const std::vector<BuddyKernelTime> &times,
                         const std::vector<std::pair<uint32_t, int32_t>> &kernelsAndThreads) {
    std::vector<std::pair<uint32_t, int32_t>> found;
    for (const BuddyKernelTime &time : times) {
      found.emplace_back(time.kernel, time.thread);
      EXPECT_LE(time.begin_ns, time.end_ns);
    }
    EXPECT_EQ(found, kernelsAndThreads);
  }

  RunTensors tensors;
  size_t lost = 0;
};

TEST_F(Profile, NamesKernels) {
  ASSERT_EQ(buddy_model_entry_num_kernels(model, 0), 2u);
  BuddyKernelInfo info;
  ASSERT_EQ(buddy_model_entry_kernel(model, 0, 0, &info), BUDDY_OK);
  EXPECT_STREQ(info.name, "f.contraction0");
  EXPECT_STREQ(info.kind, "contraction");
  EXPECT_STREQ(info.location, "tiny.py:3");
  ASSERT_EQ(buddy_model_entry_kernel(model, 0, 1, &info), BUDDY_OK);
  EXPECT_STREQ(info.location, "");
  EXPECT_EQ(buddy_model_entry_kernel(model, 0, 2, &info), BUDDY_INVALID_ARGUMENT);
  EXPECT_CONTAINS(buddy_last_error(), "there is no kernel 2: the entry has 2");
  EXPECT_EQ(buddy_model_entry_num_kernels(model, 1), 0u);
}

TEST_F(Profile, TakesTheTimesOfTheLastRun) {
  ASSERT_EQ(buddy_context_profile(context, 1), BUDDY_OK);
  run();
  std::vector<BuddyKernelTime> first = times();
  expectSame(first, {{0, 0}, {0, -1}});
  // A thread's share lies within the kernel.
  EXPECT_LE(first[1].begin_ns, first[0].begin_ns);
  EXPECT_GE(first[1].end_ns, first[0].end_ns);
  run();
  std::vector<BuddyKernelTime> second = times();
  expectSame(second, {{0, 0}, {0, -1}, {1, -1}});
  EXPECT_GE(second[0].begin_ns, first[1].end_ns);
  EXPECT_EQ(lost, 0u);
}

TEST_F(Profile, StopsAndStartsAgain) {
  ASSERT_EQ(buddy_context_profile(context, 1), BUDDY_OK);
  run();
  ASSERT_EQ(buddy_context_profile(context, 0), BUDDY_OK);
  run();
  run();
  expectSame(times(), {{0, 0}, {0, -1}}); // those of the run that took them
  ASSERT_EQ(buddy_context_profile(context, 1), BUDDY_OK);
  run();
  EXPECT_EQ(times().size(), 5u);
}

TEST_F(Profile, MakesRoomForMore) {
  ASSERT_EQ(buddy_context_profile(context, 1), BUDDY_OK);
  for (int i = 0; i <= 300; ++i)
    run(); // the last one calls the second kernel 300 times
  EXPECT_GT(lost + times().size(), 300u);
  for (int i = 0; i < 3; ++i)
    run();
  std::vector<BuddyKernelTime> all = times();
  EXPECT_EQ(all.size() + lost, 305u);
  EXPECT_LE(lost, 1u); // each run of this model has one more than the one before
}

TEST_F(Profile, IsOfOneContext) {
  BuddyContext *other = nullptr;
  ASSERT_EQ(buddy_context_create(model, 1, &other), BUDDY_OK);
  ASSERT_EQ(buddy_context_profile(context, 1), BUDDY_OK);
  run();
  std::thread elsewhere([&] {
    RunTensors own;
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(own.run(other), BUDDY_OK);
  });
  for (int i = 0; i < 50; ++i)
    run();
  elsewhere.join();
  EXPECT_EQ(times().size(), 2u + 50);
  const BuddyKernelTime *none = nullptr;
  size_t count = 0;
  EXPECT_EQ(buddy_context_kernel_times(other, &none, &count, &lost), BUDDY_INVALID_ARGUMENT);
  EXPECT_CONTAINS(buddy_last_error(), "call buddy_context_profile before the run");
  buddy_context_destroy(other);
}

TEST_F(Profile, RefusesNull) {
  EXPECT_EQ(buddy_context_profile(nullptr, 1), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_context_kernel_times(context, nullptr, nullptr, nullptr), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_entry_kernel(model, 0, 0, nullptr), BUDDY_INVALID_ARGUMENT);
}

} // namespace
