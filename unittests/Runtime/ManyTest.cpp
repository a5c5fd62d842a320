// Many at once: models, contexts, loads, replacements, processes. For ThreadSanitizer as well.
#include "Contains.h"
#include "LoadedPackage.h"
#include "RunTensors.h"
#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define BUDDY_THREAD_SANITIZER
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define BUDDY_THREAD_SANITIZER
#endif

using namespace buddy::test;
namespace fs = std::filesystem;

namespace {

class Many : public LoadedPackage {};

int sharesOfTheFirstKernel(const BuddyContext *context) {
  const BuddyKernelTime *times = nullptr;
  size_t count = 0, lost = 0;
  if (buddy_context_kernel_times(context, &times, &count, &lost) != BUDDY_OK)
    return -1;
  return std::count_if(times, times + count, [](const BuddyKernelTime &time) {
    return time.kernel == 0 && time.thread >= 0;
  });
}

// How many runs in a context of its own are wrong; `weight` is the model's. With more than one
// thread each has a share of the first kernel's time as well.
int wrongRuns(const BuddyModel *model, float weight, int runs, int workers = 1) {
  BuddyContext *own = nullptr;
  if (buddy_context_create(model, workers, &own) != BUDDY_OK)
    return runs;
  int wrong = workers > 1 && buddy_context_profile(own, 1) != BUDDY_OK;
  for (int run = 0; run < runs; ++run) {
    RunTensors tensors;
    tensors.x[0] = float(run);
    wrong += buddy_context_reset(own) != BUDDY_OK || tensors.run(own) != BUDDY_OK ||
             tensors.y[0] != weight * float(run);
    if (workers > 1)
      wrong += sharesOfTheFirstKernel(own) != workers;
  }
  buddy_context_destroy(own);
  return wrong;
}

TEST_F(Many, ThreadsWithTwoModels) {
  TinyPackage other;
  other.setWeight(3);
  BuddyModel *second = nullptr;
  ASSERT_EQ(buddy_model_load(other.folder.c_str(), nullptr, &second), BUDDY_OK)
      << buddy_last_error();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(
        [&, i] { wrong += i % 2 ? wrongRuns(second, 3, 500) : wrongRuns(model, 2, 500); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  buddy_model_destroy(second);
}

// Each context has workers of its own, which write into one workspace and one list of times.
TEST_F(Many, ContextsWithWorkers) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&, i] { wrong += wrongRuns(model, 2, 100, 2 + i); });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Many, OneContextRunsOnOneThreadAtATime) {
  std::atomic<int> done = 0, refused = 0, other = 0;
  auto work = [&] {
    for (int run = 0; run < 2000; ++run) {
      RunTensors tensors;
      BuddyStatus status = tensors.run(context);
      if (status == BUDDY_OK)
        ++done;
      else if (std::string(buddy_last_error()).find("on another thread") != std::string::npos)
        ++refused;
      else
        ++other;
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  EXPECT_EQ(other, 0);
  EXPECT_GT(done, 0);
  EXPECT_EQ(done + refused, 4000);
  // Each run that was done counted.
  RunTensors last;
  last.position[5] = 0; // their sum is 10
  ASSERT_EQ(last.run(context), BUDDY_OK);
  EXPECT_EQ(last.count, 10 + done);
}

TEST_F(Many, LoadsAndUnloadsWhileOthersRun) {
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::thread runs([&] {
    while (!stop)
      wrong += wrongRuns(model, 2, 20);
  });
  std::vector<std::thread> loads;
  for (int i = 0; i < 2; ++i)
    loads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        BuddyModel *own = nullptr;
        if (buddy_model_load(package.folder.c_str(), nullptr, &own) != BUDDY_OK)
          ++wrong;
        wrong += wrongRuns(own, 2, 3);
        buddy_model_destroy(own);
      }
    });
  for (std::thread &thread : loads)
    thread.join();
  stop = true;
  runs.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Many, AForkedProcessRunsAndLoads) {
  EXPECT_EQ(wrongRuns(model, 2, 10, 2), 0);
  for (int round = 0; round < 5; ++round) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      RunTensors tensors;
      bool right = tensors.run(context) == BUDDY_OK && tensors.count == 5 + round &&
                   wrongRuns(model, 2, 10) == 0;
      BuddyModel *own = nullptr;
      right &= buddy_model_load(package.folder.c_str(), nullptr, &own) == BUDDY_OK &&
               wrongRuns(own, 2, 10) == 0;
#ifndef BUDDY_THREAD_SANITIZER // which starts no threads in a forked process
      right &= wrongRuns(own, 2, 10, 2) == 0;
#endif
      buddy_model_destroy(own);
      ::_exit(right ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    // The parent's context is as it was.
    RunTensors tensors;
    ASSERT_EQ(tensors.run(context), BUDDY_OK);
    EXPECT_EQ(tensors.count, 5 + round);
  }
}

// Replacing
// -----------------------------------------------------------------------------------------

// Puts a copy of `version` in the place of the package as the compiler does, and removes what was
// there.
void replaceBy(const TinyPackage &version, const std::string &place) {
  std::string next = place + ".next";
  fs::copy(version.folder, next);
  ASSERT_EQ(::renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE), 0);
  fs::remove_all(next);
}

TEST_F(Many, LoadsWhileThePackageIsReplaced) {
  TinyPackage versions[2];
  versions[1].setWeight(3);
  std::atomic<int> seen[2] = {0, 0};
  std::atomic<bool> stop = false, failed = false;
  std::string failure;
  std::thread loading([&] {
    while (!stop) {
      BuddyModel *own = nullptr;
      if (buddy_model_load(package.folder.c_str(), nullptr, &own) != BUDDY_OK) {
        failure = buddy_last_error();
        failed = true;
        break;
      }
      // One version or the other, whole.
      int version = wrongRuns(own, 2, 2) == 0 ? 0 : 1;
      if (version == 1 && wrongRuns(own, 3, 2) != 0)
        failure = "a mixture of two versions";
      ++seen[version];
      buddy_model_destroy(own);
    }
  });
  auto isSeen = [&] { return seen[0] && seen[1]; };
  for (int round = 0; round < 5000 && !failed && (round < 100 || !isSeen()); ++round)
    replaceBy(versions[round % 2], package.folder);
  stop = true;
  loading.join();
  EXPECT_EQ(failure, "");
  EXPECT_TRUE(isSeen()) << "a version was never loaded";
}

TEST_F(Many, SaysWhatIsWrongOfAPackageThatStays) {
  BuddyModel *own = nullptr;
  writeFile(package.file("params.bin"), "short");
  EXPECT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &own), BUDDY_DAMAGED);
  EXPECT_CONTAINS(buddy_last_error(), "the package is damaged");
}

} // namespace
