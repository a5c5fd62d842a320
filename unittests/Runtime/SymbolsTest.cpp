// Running an entry whose sizes are symbols: what is read off the inputs, what is refused, and that
// memory grows and is kept.
#include "Contains.h"
#include "LoadedPackage.h"
#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace buddy::test;

extern std::atomic<long> allocations; // MallocCounter.cpp
extern bool countsAllocations();

namespace {

// The tensors of a run of the entry "stretch", right as they are; tests spoil one thing each.
struct Tensors {
  int64_t batch, length;
  std::vector<float> x, y;
  std::vector<int64_t> ids, count;
  std::vector<uint8_t> keep;
  int64_t shapes[5][2];
  DLTensor in[3], out[2];
  DLTensor *inputs[3] = {&in[0], &in[1], &in[2]};
  DLTensor *outputs[2] = {&out[0], &out[1]};

  Tensors(int64_t batch, int64_t length)
      : batch(batch), length(length), x(batch * length), y(batch * (length + 1)),
        ids(batch * length), count(batch), keep(length, 1),
        shapes{{batch, length}, {batch, length}, {length}, {batch, length + 1}, {batch}} {
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = i;
      ids[i] = i % 10;
    }
    keep[0] = 0;
    in[0] = {x.data(), {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shapes[0], nullptr, 0};
    in[1] = {ids.data(), {kDLCPU, 0}, 2, {kDLInt, 64, 1}, shapes[1], nullptr, 0};
    in[2] = {keep.data(), {kDLCPU, 0}, 1, {BUDDY_DL_BOOL, 8, 1}, shapes[2], nullptr, 0};
    out[0] = {y.data(), {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shapes[3], nullptr, 0};
    out[1] = {count.data(), {kDLCPU, 0}, 1, {kDLInt, 64, 1}, shapes[4], nullptr, 0};
  }
  Tensors(const Tensors &) = delete;

  BuddyStatus run(BuddyContext *context) {
    return buddy_context_run(context, inputs, 3, outputs, 2);
  }
  int wrong() const {
    int wrong = 0;
    for (int64_t b = 0; b < batch; ++b) {
      for (int64_t i = 0; i < length; ++i)
        wrong += y[b * (length + 1) + i] != 2 * x[b * length + i] + ids[b * length + i];
      wrong += y[b * (length + 1) + length] != 7;
      wrong += count[b] != length - 1;
    }
    return wrong;
  }
};

class Symbolic : public LoadedPackage {
protected:
  Symbolic() : LoadedPackage(Symbols::Yes) {}

  void expectRight(int64_t batch, int64_t length) {
    Tensors tensors(batch, length);
    ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
    EXPECT_EQ(tensors.wrong(), 0) << batch << ", " << length;
  }
  // `length` is what the tensors have when nothing is spoiled.
  void expectRefused(const std::string &text, const std::function<void(Tensors &)> &spoil,
                     int64_t length = 40, BuddyStatus status = BUDDY_INVALID_TENSOR) {
    Tensors tensors(2, length);
    spoil(tensors);
    tensors.y[0] = 99;
    EXPECT_EQ(tensors.run(context), status);
    EXPECT_CONTAINS(buddy_last_error(), text);
    EXPECT_EQ(tensors.y[0], 99);
  }
};

TEST_F(Symbolic, RunsOfAllSizes) {
  for (int64_t length : {2, 40, 3, 100, 99, 2})
    for (int64_t batch : {1, 3, 2})
      expectRight(batch, length);
}

TEST_F(Symbolic, TellsItsSymbols) {
  EXPECT_EQ(buddy_model_entry_num_symbols(model, 0), 2u);
  EXPECT_EQ(buddy_model_entry_num_symbols(model, 1), 0u);
  EXPECT_EQ(buddy_model_entry_num_symbols(model, 9), 0u);
  EXPECT_EQ(buddy_model_entry_num_symbols(nullptr, 0), 0u);
  BuddySymbolInfo symbol;
  ASSERT_EQ(buddy_model_entry_symbol(model, 0, 0, &symbol), BUDDY_OK);
  EXPECT_STREQ(symbol.name, "batch");
  EXPECT_EQ(symbol.min, 1);
  EXPECT_EQ(symbol.max, std::numeric_limits<int64_t>::max());
  ASSERT_EQ(buddy_model_entry_symbol(model, 0, 1, &symbol), BUDDY_OK);
  EXPECT_STREQ(symbol.name, "s64");
  EXPECT_EQ(symbol.max, 100);
  EXPECT_EQ(buddy_model_entry_symbol(model, 0, 2, &symbol), BUDDY_INVALID_ARGUMENT);
  EXPECT_CONTAINS(buddy_last_error(), "no symbol 2: the entry has 2");
  EXPECT_EQ(buddy_model_entry_symbol(model, 1, 0, &symbol), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_entry_symbol(model, 0, 0, nullptr), BUDDY_INVALID_ARGUMENT);
}

TEST_F(Symbolic, TellsItsShapes) {
  BuddyTensorInfo info;
  ASSERT_EQ(buddy_model_entry_output(model, 0, 0, &info), BUDDY_OK);
  ASSERT_EQ(info.ndim, 2);
  EXPECT_EQ(info.shape[0], -1);
  EXPECT_EQ(info.shape[1], -1);
  EXPECT_EQ(info.elements, -1);
  const char *text;
  ASSERT_EQ(buddy_model_entry_output_dimension(model, 0, 0, 1, &text), BUDDY_OK);
  EXPECT_STREQ(text, "s64 + 1");
  ASSERT_EQ(buddy_model_entry_input_dimension(model, 0, 2, 0, &text), BUDDY_OK);
  EXPECT_STREQ(text, "s64");
  ASSERT_EQ(buddy_model_entry_input_dimension(model, 1, 0, 1, &text), BUDDY_OK);
  EXPECT_STREQ(text, "3");
  auto refused = [&](size_t entry, size_t index, size_t dimension) {
    return buddy_model_entry_input_dimension(model, entry, index, dimension, &text) ==
           BUDDY_INVALID_ARGUMENT;
  };
  EXPECT_TRUE(refused(2, 0, 0));
  EXPECT_TRUE(refused(0, 3, 0));
  EXPECT_TRUE(refused(0, 2, 1));
  EXPECT_CONTAINS(buddy_last_error(), "no dimension 1: 'keep' has 1");
  EXPECT_EQ(buddy_model_entry_output_dimension(model, 0, 2, 0, &text), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_entry_output_dimension(model, 0, 0, 0, nullptr), BUDDY_INVALID_ARGUMENT);
}

TEST_F(Symbolic, TellsOutputShapesAndWork) {
  Tensors tensors(3, 40);
  for (DLTensor &tensor : tensors.in)
    tensor.data = nullptr; // only shapes matter
  int64_t shape[2] = {}, flops = -1;
  ASSERT_EQ(buddy_model_entry_output_shape(model, 0, tensors.inputs, 3, 0, shape), BUDDY_OK)
      << buddy_last_error();
  EXPECT_EQ(shape[0], 3);
  EXPECT_EQ(shape[1], 41);
  ASSERT_EQ(buddy_model_entry_output_shape(model, 0, tensors.inputs, 3, 1, shape), BUDDY_OK);
  EXPECT_EQ(shape[0], 3);
  EXPECT_EQ(buddy_model_entry_output_shape(model, 0, tensors.inputs, 3, 2, shape),
            BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_entry_output_shape(model, 0, tensors.inputs, 3, 0, nullptr),
            BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_entry_output_shape(model, 0, nullptr, 3, 0, shape), BUDDY_INVALID_ARGUMENT);
  ASSERT_EQ(buddy_model_entry_flops_for(model, 0, tensors.inputs, 3, &flops), BUDDY_OK);
  EXPECT_EQ(flops, 240);
  EXPECT_EQ(buddy_model_flops(model), -1);
  BuddyEntryInfo entry;
  ASSERT_EQ(buddy_model_entry(model, 1, &entry), BUDDY_OK);
  EXPECT_EQ(entry.flops, 12);

  tensors.shapes[1][1] = 41;
  EXPECT_EQ(buddy_model_entry_output_shape(model, 0, tensors.inputs, 3, 0, shape),
            BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "input 1 (ids): shape is [3, 41], expected [batch, s64]");
  EXPECT_EQ(buddy_model_entry_flops_for(model, 0, tensors.inputs, 2, &flops), BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "got 2 inputs, expected 3: x f32[batch, s64], ids");
  tensors.inputs[2] = nullptr;
  EXPECT_EQ(buddy_model_entry_flops_for(model, 0, tensors.inputs, 3, &flops), BUDDY_INVALID_TENSOR);
}

// Of an entry without symbols they are what they always are.
TEST_F(Symbolic, TellsFixedShapes) {
  int64_t shape23[2] = {2, 3}, shape3[1] = {3}, result[2] = {}, flops = 0;
  DLTensor wide = {}, narrow = {};
  wide.ndim = 2;
  wide.shape = shape23;
  narrow.ndim = 1;
  narrow.shape = shape3;
  DLTensor *inputs[3] = {&wide, &wide, &narrow};
  ASSERT_EQ(buddy_model_entry_output_shape(model, 1, inputs, 3, 0, result), BUDDY_OK);
  EXPECT_EQ(result[1], 3);
  // A scalar has no sizes to write.
  EXPECT_EQ(buddy_model_entry_output_shape(model, 1, inputs, 3, 1, nullptr), BUDDY_OK);
  ASSERT_EQ(buddy_model_entry_flops_for(model, 1, inputs, 3, &flops), BUDDY_OK);
  EXPECT_EQ(flops, 12);
}

TEST_F(Symbolic, ChecksRanges) {
  expectRefused("input 0 (x): dimension 1 (s64) is 101, must be 2 to 100", [](auto &) {}, 101);
  expectRefused("input 0 (x): dimension 1 (s64) is 1, must be 2 to 100", [](auto &) {}, 1);
  expectRefused("input 0 (x): dimension 0 (batch) is 0, must be at least 1",
                [](auto &t) { t.shapes[0][0] = 0; });
  expectRefused("input 0 (x): dimension 0 (batch) is -4, must be at least 1",
                [](auto &t) { t.shapes[0][0] = -4; });
}

TEST_F(Symbolic, ChecksShapesAgainstSymbols) {
  expectRefused("input 1 (ids): shape is [2, 41], expected [batch, s64] with batch = 2 (from input "
                "0 (x), dimension 0), s64 = 40 (from input 0 (x), dimension 1)",
                [](auto &t) { t.shapes[1][1] = 41; });
  expectRefused("input 2 (keep): shape is [39], expected [s64] with s64 = 40 (from input 0 (x), "
                "dimension 1)",
                [](auto &t) { t.shapes[2][0] = 39; });
  expectRefused("output 0 (output0): shape is [2, 40], expected [batch, s64 + 1] with batch = 2",
                [](auto &t) { t.shapes[3][1] = 40; });
  expectRefused("input 0 (x): shape is [2], expected [batch, s64]",
                [](auto &t) { t.in[0].ndim = 1; });
  expectRefused("output 1 (output1): shape is [2, 0]", [](auto &t) { t.out[1].ndim = 2; });
  expectRefused("input 0 (x): has no shape", [](auto &t) { t.in[0].shape = nullptr; });
  expectRefused("input 0 (x): has no shape", [](auto &t) { t.in[0].ndim = -1; });
  expectRefused("input 0 (x): the tensor is null", [](auto &t) { t.inputs[0] = nullptr; });
  expectRefused("input 2 (keep): the tensor is null", [](auto &t) { t.inputs[2] = nullptr; });
  expectRefused("output 0 (output0): the tensor is null", [](auto &t) { t.outputs[0] = nullptr; });
}

TEST_F(Symbolic, ChecksTheRestAsBefore) {
  int64_t columnMajor[2] = {1, 2};
  expectRefused("input 0 (x): dtype is f64", [](auto &t) { t.in[0].dtype.bits = 64; });
  expectRefused("strides are [1, 2] for shape [2, 40]",
                [&](auto &t) { t.in[0].strides = columnMajor; });
  expectRefused("input 1 (ids): element [1, 39] is 10; it is an index and must lie between 0 and 9",
                [](auto &t) { t.ids[79] = 10; });
  expectRefused("input 1 (ids): element [0, 0] is -1", [](auto &t) { t.ids[0] = -1; });
  expectRefused("output 0 (output0): overlaps input 0 (x)",
                [](auto &t) { t.out[0].data = t.x.data() + 79; });
  // Right behind is not in it.
  Tensors tensors(2, 40);
  std::vector<float> both(80 + 82);
  tensors.in[0].data = both.data();
  tensors.out[0].data = both.data() + 80;
  EXPECT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
}

TEST_F(Symbolic, RefusesSizesBeyondAll) {
  expectRefused("dimension 0 (batch) is 4611686018427387904, no run takes more than 2147483647",
                [](auto &t) { t.shapes[0][0] = int64_t(1) << 62; });
  package.editManifest("\"max\": 100", "\"max\": 9223372036854775807");
  package.editManifest("\"s64 + 1\"", "\"3*s64 + -9\"");
  BuddyModel *other = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &other), BUDDY_OK)
      << buddy_last_error();
  int64_t shape[2];
  Tensors tensors(2, 2);
  EXPECT_EQ(buddy_model_entry_output_shape(other, 0, tensors.inputs, 3, 0, shape),
            BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "output 0 (output0): dimension 1 (3*s64 + -9) would be "
                                      "negative with batch = 2 (from input 0 (x), dimension 0), "
                                      "s64 = 2");
  tensors.shapes[0][0] = 0; // no elements, however long
  tensors.shapes[0][1] = int64_t(1) << 62;
  EXPECT_EQ(buddy_model_entry_output_shape(other, 0, tensors.inputs, 3, 0, shape),
            BUDDY_INVALID_TENSOR);
  tensors.shapes[0][0] = tensors.shapes[0][1] = INT32_MAX;
  EXPECT_EQ(buddy_model_entry_output_shape(other, 0, tensors.inputs, 3, 0, shape),
            BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "would be too large");
  buddy_model_destroy(other);
}

// A range of some elements is of those of them that the tensor has.
TEST_F(Symbolic, ChecksRangesOfSomeElements) {
  package.editManifest("{\"first\": 0, \"lowest\"", "{\"first\": 2, \"count\": 3, \"lowest\"");
  BuddyModel *ranged = nullptr;
  BuddyContext *checked = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &ranged), BUDDY_OK)
      << buddy_last_error();
  ASSERT_EQ(buddy_context_create(ranged, 1, &checked), BUDDY_OK);
  for (int64_t at : {0, 1, 2, 3, 4, 5}) {
    Tensors tensors(2, 3);
    tensors.ids[at] = 10;
    bool isInRange = at >= 2 && at < 5;
    EXPECT_EQ(tensors.run(checked), isInRange ? BUDDY_INVALID_TENSOR : BUDDY_OK) << at;
  }
  Tensors shorter(1, 2); // none of the three
  shorter.ids[1] = 10;
  EXPECT_EQ(shorter.run(checked), BUDDY_OK) << buddy_last_error();
  buddy_context_destroy(checked);
  buddy_model_destroy(ranged);
}

TEST_F(Symbolic, SurvivesAWrongWorkspace) {
  expectRight(2, 40);
  expectRefused(
      "'stretch' asks for -1 bytes of workspace with batch = 2, s64 = 51", [](auto &) {}, 51,
      BUDDY_INTERNAL);
  expectRefused("asks for 9223372036854775807 bytes", [](auto &) {}, 52, BUDDY_INTERNAL);
  expectRight(2, 40);
}

TEST_F(Symbolic, SurvivesALackOfMemory) {
  if (!countsAllocations())
    GTEST_SKIP() << "a sanitizer ends the process instead of refusing";
  expectRight(2, 40);
  expectRefused("cannot allocate 70368744177664 bytes", [](auto &) {}, 53, BUDDY_OUT_OF_MEMORY);
  expectRight(2, 40);
  expectRight(3, 100);
}

TEST_F(Symbolic, AllocatesOnlyToGrow) {
  if (!countsAllocations())
    GTEST_SKIP() << "a sanitizer has replaced malloc";
  Tensors small(2, 10), large(3, 90), larger(3, 91);
  ASSERT_EQ(large.run(context), BUDDY_OK);
  long before = allocations;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(large.run(context), BUDDY_OK);
    ASSERT_EQ(small.run(context), BUDDY_OK);
  }
  EXPECT_EQ(allocations, before);
  ASSERT_EQ(larger.run(context), BUDDY_OK);
  EXPECT_GT(allocations, before);
  // There is room now: lengths that grow by one do not allocate each time.
  Tensors next(3, 92);
  before = allocations;
  ASSERT_EQ(next.run(context), BUDDY_OK);
  EXPECT_EQ(allocations, before);
}

// Entries with and without symbols share a context, its workspace and its states.
TEST_F(Symbolic, EntriesShareAContext) {
  float x[6] = {1, 2, 3, 4, 5, 6}, y[6];
  int64_t position[6] = {0, 1, 2, 3, 4, 5}, count = 0, shape23[2] = {2, 3}, shape3[1] = {3};
  uint8_t keep[3] = {0, 1, 1};
  DLTensor in[3] = {{x, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape23, nullptr, 0},
                    {position, {kDLCPU, 0}, 2, {kDLInt, 64, 1}, shape23, nullptr, 0},
                    {keep, {kDLCPU, 0}, 1, {BUDDY_DL_BOOL, 8, 1}, shape3, nullptr, 0}};
  DLTensor out[2] = {{y, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape23, nullptr, 0},
                     {&count, {kDLCPU, 0}, 0, {kDLInt, 64, 1}, nullptr, nullptr, 0}};
  DLTensor *inputs[3] = {&in[0], &in[1], &in[2]}, *outputs[2] = {&out[0], &out[1]};
  for (int64_t run = 0; run < 3; ++run) {
    expectRight(2, 90 + run);
    ASSERT_EQ(buddy_context_run_entry(context, 1, inputs, 3, outputs, 2), BUDDY_OK)
        << buddy_last_error();
    EXPECT_EQ(count, 15 + run);
  }
  shape3[0] = 4;
  EXPECT_EQ(buddy_context_run_entry(context, 1, inputs, 3, outputs, 2), BUDDY_INVALID_TENSOR);
  EXPECT_CONTAINS(buddy_last_error(), "shape is [4], expected [3]; the model is compiled for this");
}

} // namespace
