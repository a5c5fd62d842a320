// Kernels that need more stack than a thread has are refused, before anything is written.
#include "Contains.h"
#include "LoadedPackage.h"
#include "RunTensors.h"
#include <functional>
#include <omp.h>
#include <pthread.h>

using namespace buddy::test;

namespace {

class Stack : public LoadedPackage {
protected:
  // A package whose kernels need so many bytes.
  void SetUp() override {}
  void load(int64_t bytes) {
    package.editManifest("\"workspace_bytes\": 256",
                         "\"workspace_bytes\": 256, \"stack_bytes\": " + std::to_string(bytes));
    LoadedPackage::SetUp();
  }
};

void *call(void *work) {
  (*static_cast<const std::function<void()> *>(work))();
  return nullptr;
}

void onThreadWith(size_t bytes, const std::function<void()> &work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread;
  auto *argument = const_cast<std::function<void()> *>(&work);
  ASSERT_EQ(pthread_create(&thread, &attributes, call, argument), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_F(Stack, RefusesOnAThreadWithTooLittle) {
  load(1 << 20);
  RunTensors tensors;
  onThreadWith(512 << 10, [&] {
    EXPECT_EQ(tensors.run(context), BUDDY_OUT_OF_MEMORY);
    EXPECT_CONTAINS(buddy_last_error(), "bytes of stack, and the calling thread has");
  });
  EXPECT_EQ(tensors.y[0], 0);
  onThreadWith(2 << 20, [&] { EXPECT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error(); });
  EXPECT_EQ(tensors.y[0], 2);
  EXPECT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
}

TEST_F(Stack, NeedsLittleForLittle) {
  load(0);
  RunTensors tensors;
  onThreadWith(256 << 10, [&] { EXPECT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error(); });
}

TEST_F(Stack, RefusesWhatNoThreadHas) {
  load(1 << 20);
  for (const char *bytes : {"1073741824", "9223372036854775807"}) {
    TinyPackage absurd;
    absurd.editManifest("\"workspace_bytes\": 256",
                        std::string("\"workspace_bytes\": 256, \"stack_bytes\": ") + bytes);
    BuddyModel *other = nullptr;
    ASSERT_EQ(buddy_model_load(absurd.folder.c_str(), nullptr, &other), BUDDY_OK);
    BuddyContext *none = nullptr, *one = nullptr;
    EXPECT_EQ(buddy_context_create(other, 2, &none), BUDDY_OUT_OF_MEMORY);
    EXPECT_CONTAINS(buddy_last_error(), "no thread has that");
    ASSERT_EQ(buddy_context_create(other, 1, &one), BUDDY_OK);
    RunTensors tensors;
    EXPECT_EQ(tensors.run(one), BUDDY_OUT_OF_MEMORY);
    buddy_context_destroy(one);
    buddy_model_destroy(other);
  }
}

// In a process of its own each: OpenMP reads its environment when it is loaded, and starts threads
// once.
TEST_F(Stack, OpenMPsThreadsGetWhatKernelsNeed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  load(1 << 20);
  ::setenv("OMP_STACKSIZE", "64k", /*overwrite=*/1);
  auto inProcessWith = [&](bool started) {
    if (started)
#pragma omp parallel num_threads(2)
      (void)omp_get_thread_num();
    BuddyContext *two = nullptr;
    BuddyStatus status = buddy_context_create(model, 2, &two);
    std::fprintf(stderr, "%s\n", status == BUDDY_OK ? "created" : buddy_last_error());
    ::_exit(status == BUDDY_OK && kmp_get_stacksize_s() >= 1 << 20 ? 0 : 1);
  };
  EXPECT_EXIT(inProcessWith(false), testing::ExitedWithCode(0), "created");
  EXPECT_EXIT(inProcessWith(true), testing::ExitedWithCode(1),
              "has started already, have .*: set OMP_STACKSIZE to more");
  ::unsetenv("OMP_STACKSIZE");
}

} // namespace
