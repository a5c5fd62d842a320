// Running: results, conversions, and every check of a user's tensors.
#include "Contains.h"
#include "LoadedPackage.h"
#include "RunTensors.h"
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

using namespace buddy::test;

extern std::atomic<long> allocations; // MallocCounter.cpp
extern bool countsAllocations();

namespace {

using Tensors = RunTensors;

class Run : public LoadedPackage {
protected:
  void expectRefused(const std::string &text, const std::function<void(Tensors &)> &spoil) {
    Tensors tensors;
    spoil(tensors);
    float before = tensors.y[0];
    EXPECT_EQ(tensors.run(context), BUDDY_INVALID_TENSOR);
    EXPECT_CONTAINS(buddy_last_error(), text);
    EXPECT_EQ(tensors.y[0], before);
  }
};

TEST_F(Run, ComputesAndConverts) {
  Tensors tensors;
  ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
  EXPECT_EQ(std::vector<float>(tensors.y, tensors.y + 6),
            (std::vector<float>{2, 105, 108, 11, 114, 107})); // keep 255 counts as 1
  EXPECT_EQ(tensors.count, 5);
}

TEST_F(Run, KeepsStatesForTheNextRun) {
  BuddyContext *other;
  ASSERT_EQ(buddy_context_create(model, 1, &other), BUDDY_OK);
  const std::vector<float> first = {2, 105, 108, 11, 114, 107},
                           second = {2.5f, 104, 108.5f, 10, 114.5f, 106};
  Tensors tensors;
  auto y = [&] { return std::vector<float>(tensors.y, tensors.y + 6); };
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(y(), first);
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(y(), second); // bias was 0.25 and -0.5, and is doubled
  EXPECT_EQ(tensors.count, 6);
  ASSERT_EQ(tensors.run(other), BUDDY_OK); // each context has its own
  EXPECT_EQ(y(), first);
  ASSERT_EQ(buddy_context_reset(context), BUDDY_OK);
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(y(), first);
  EXPECT_EQ(tensors.count, 5);
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(y(), second);
  // A run that is refused changes nothing.
  EXPECT_EQ(tensors.run(other, 2, 2), BUDDY_INVALID_TENSOR);
  ASSERT_EQ(tensors.run(other), BUDDY_OK);
  EXPECT_EQ(y(), second);
  EXPECT_EQ(buddy_context_reset(nullptr), BUDDY_INVALID_ARGUMENT);
  buddy_context_destroy(other);
}

TEST_F(Run, DescribesStates) {
  EXPECT_EQ(buddy_model_num_states(model), 2u);
  BuddyTensorInfo info;
  ASSERT_EQ(buddy_model_state(model, 1, &info), BUDDY_OK);
  EXPECT_STREQ(info.name, "bias");
  EXPECT_EQ(info.elements, 2);
  EXPECT_EQ(buddy_model_state(model, 2, &info), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_num_states(nullptr), 0u);
}

// Values outside of what they index are refused; elements that index nothing may be anything.
TEST_F(Run, ChecksRangesOfElements) {
  package.editManifest(R"("dtype": "i64", "shape": [2, 3]})",
                       R"("dtype": "i64", "shape": [2, 3],
    "ranges": [{"first": 1, "count": 3, "lowest": -2, "highest": 5}]})");
  BuddyModel *ranged;
  BuddyContext *checked;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &ranged), BUDDY_OK)
      << buddy_last_error();
  ASSERT_EQ(buddy_context_create(ranged, 1, &checked), BUDDY_OK);
  Tensors tensors;
  auto status = [&](int at, int64_t value) {
    tensors.position[at] = value;
    BuddyStatus result = tensors.run(checked);
    tensors.position[at] = 0;
    return result;
  };
  EXPECT_EQ(status(1, -2), BUDDY_OK);
  EXPECT_EQ(status(3, 5), BUDDY_OK);
  EXPECT_EQ(status(0, 1000), BUDDY_OK);
  EXPECT_EQ(status(4, -1000), BUDDY_OK);
  EXPECT_EQ(status(1, -3), BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(),
                  "input 1 (position): element [0, 1] is -3; it is an index and "
                  "must lie between -2 and 5");
  EXPECT_EQ(status(3, 6), BUDDY_INVALID_TENSOR);
  buddy_context_destroy(checked);
  buddy_model_destroy(ranged);
}

TEST_F(Run, TakesStridesAndOffsets) {
  Tensors tensors;
  int64_t strides[2] = {3, 1};
  float more[8] = {9, 9, 1, 2, 3, 4, 5, 6};
  tensors.in[0].strides = strides;
  tensors.in[0].data = more;
  tensors.in[0].byte_offset = 8;
  ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
  EXPECT_EQ(tensors.y[5], 107);
}

TEST_F(Run, ContextOutlivesTheModelHandle) {
  buddy_model_destroy(model);
  model = nullptr;
  Tensors tensors;
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(tensors.y[0], 2);
}

TEST_F(Run, ChecksCounts) {
  Tensors tensors;
  EXPECT_EQ(tensors.run(context, 2, 2), BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(),
                  "got 2 inputs, expected 3: x f32[2, 3], position i64[2, 3], keep bool[3]");
  EXPECT_EQ(tensors.run(context, 3, 1), BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "got 1 outputs, expected 2");
  EXPECT_EQ(buddy_context_run(context, nullptr, 3, tensors.outputs, 2), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_context_run(context, tensors.inputs, 3, nullptr, 2), BUDDY_INVALID_ARGUMENT);
}

TEST_F(Run, ChecksTensors) {
  int64_t wrongShape[2] = {3, 2}, columnMajor[2] = {1, 2};
  expectRefused("input 0 (x): the tensor is null", [](auto &t) { t.inputs[0] = nullptr; });
  expectRefused("dtype is f64, expected f32", [](auto &t) { t.in[0].dtype.bits = 64; });
  expectRefused("dtype is i32, expected i64", [](auto &t) { t.in[1].dtype.bits = 32; });
  expectRefused("dtype is u8, expected bool", [](auto &t) { t.in[2].dtype.code = kDLUInt; });
  expectRefused("4 lanes", [](auto &t) { t.in[0].dtype.lanes = 4; });
  expectRefused("shape is [3, 2], expected [2, 3]", [&](auto &t) { t.in[0].shape = wrongShape; });
  expectRefused("shape is [2], expected [2, 3]", [](auto &t) { t.in[0].ndim = 1; });
  expectRefused("has no shape", [](auto &t) { t.in[0].shape = nullptr; });
  expectRefused("strides are [1, 2]", [&](auto &t) { t.in[0].strides = columnMajor; });
  expectRefused("is on device type 2", [](auto &t) { t.in[0].device.device_type = kDLCUDA; });
  expectRefused("data pointer is null", [](auto &t) { t.in[0].data = nullptr; });
  expectRefused("not aligned to 4 bytes", [](auto &t) { t.in[0].byte_offset = 2; });
  expectRefused("output 0 (output0): dtype", [](auto &t) { t.out[0].dtype.bits = 16; });
}

TEST_F(Run, TakesIntegersOf64Bits) {
  Tensors tensors;
  int64_t large = int64_t(1) << 40;
  tensors.position[0] = large;
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  EXPECT_EQ(tensors.count,
            large + std::accumulate(tensors.position + 1, tensors.position + 6, int64_t(0)));
}

TEST_F(Run, RefusesOverlap) {
  expectRefused("output 0 (output0): overlaps input 0 (x)", [](auto &t) { t.out[0].data = t.x; });
  expectRefused("output 1 (output1): overlaps output 0 (output0)",
                [](auto &t) { t.out[1].data = t.y; });
}

TEST_F(Run, RefusesAWrongNumberOfThreads) {
  BuddyContext *other = nullptr;
  EXPECT_EQ(buddy_context_create(model, -1, &other), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(buddy_context_create(model, 0, &other), BUDDY_OK);
  buddy_context_destroy(other);
}

TEST_F(Run, AllocatesNothing) {
  if (!countsAllocations())
    GTEST_SKIP() << "a sanitizer has replaced malloc";
  Tensors tensors;
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  long before = allocations;
  for (int i = 0; i < 10; ++i)
    tensors.run(context);
  EXPECT_EQ(allocations, before);
}

TEST_F(Run, TwoThreadsWithTheirOwnContexts) {
  auto work = [&](int seed, int *wrong) {
    BuddyContext *own = nullptr;
    if (buddy_context_create(model, 1, &own) != BUDDY_OK) {
      *wrong = -1;
      return;
    }
    Tensors tensors;
    for (int round = 0; round < 2000; ++round) {
      for (int i = 0; i < 6; ++i)
        tensors.x[i] = seed * 1000 + round + i;
      if (buddy_context_reset(own) != BUDDY_OK || tensors.run(own) != BUDDY_OK ||
          tensors.y[3] != 2 * tensors.x[3] + 3)
        ++*wrong;
    }
    buddy_context_destroy(own);
  };
  int wrong[2] = {0, 0};
  std::thread first(work, 1, &wrong[0]), second(work, 2, &wrong[1]);
  first.join();
  second.join();
  EXPECT_EQ(wrong[0], 0);
  EXPECT_EQ(wrong[1], 0);
}

TEST_F(Run, RefusesAHugeWorkspace) {
  if (!countsAllocations())
    GTEST_SKIP() << "a sanitizer ends the process instead of refusing";
  TinyPackage huge;
  huge.editManifest("\"workspace_bytes\": 256", "\"workspace_bytes\": 4611686018427387904");
  BuddyModel *other = nullptr;
  BuddyContext *none = nullptr;
  ASSERT_EQ(buddy_model_load(huge.folder.c_str(), nullptr, &other), BUDDY_OK);
  EXPECT_EQ(buddy_context_create(other, 1, &none), BUDDY_OUT_OF_MEMORY);
  EXPECT_EQ(none, nullptr);
  buddy_model_destroy(other);
}

} // namespace
