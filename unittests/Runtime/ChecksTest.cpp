// Indices that a run finds outside: the error, the outputs, the states, and what a manifest may
// say.
#include "Contains.h"
#include "LoadedPackage.h"
#include "RunTensors.h"
#include <cmath>

using namespace buddy::test;

namespace {

constexpr const char *firstCheck =
    R"({"op": "embedding", "lowest": 0, "highest": 99, "shape": []})";

class Checks : public LoadedPackage {
protected:
  Checks() {
    package.editManifest("buddy_entry_forward", "buddy_entry_choose");
    package.editManifest("\"states\": [\"bias\", \"runs\"],",
                         std::string("\"states\": [\"bias\", \"runs\"], \"checks\": [") +
                             firstCheck +
                             R"(, {"op": "index", "location": "tiny.py:5",
                             "lowest": 0, "highest": 5, "shape": [2, 3]}],)");
  }
};

TEST_F(Checks, AreNoOutputOfTheUsers) {
  EXPECT_EQ(buddy_model_num_outputs(model), 2u);
  RunTensors tensors;
  tensors.position[5] = 5;
  for (int64_t runs = 0; runs < 3; ++runs) {
    ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
    EXPECT_EQ(tensors.y[5], 6);
    EXPECT_EQ(tensors.count, runs);
  }
}

TEST_F(Checks, SayWhichIndexIsOutside) {
  RunTensors tensors;
  tensors.position[3] = 9;
  ASSERT_EQ(tensors.run(context), BUDDY_INDEX_OUT_OF_RANGE);
  EXPECT_STREQ(buddy_last_error(),
               "tiny.py:5: index: index 9 at [1, 0] is outside of a dimension of "
               "size 6 (0 to 5)");
  for (float y : tensors.y)
    EXPECT_TRUE(std::isnan(y));
  EXPECT_EQ(tensors.count, -1);
}

// States are what a run has made of them that failed: nobody goes on with them by accident.
TEST_F(Checks, SpoilTheStatesUntilTheyAreReset) {
  RunTensors tensors, bad;
  tensors.position[5] = 5;
  ASSERT_EQ(tensors.run(context), BUDDY_OK);
  ASSERT_EQ(bad.run(context), BUDDY_INDEX_OUT_OF_RANGE);
  EXPECT_CONTAINS(buddy_last_error(), "index -5 at [1, 2]");
  tensors.count = 77;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(tensors.run(context), BUDDY_INVALID_ARGUMENT);
    EXPECT_CONTAINS(buddy_last_error(), "index -5 at [1, 2]");
    EXPECT_CONTAINS(buddy_last_error(), "reset the context");
    EXPECT_EQ(tensors.count, 77);
  }
  BuddyContext *other = nullptr;
  ASSERT_EQ(buddy_context_create(model, 1, &other), BUDDY_OK);
  EXPECT_EQ(tensors.run(other), BUDDY_OK) << buddy_last_error();
  buddy_context_destroy(other);
  ASSERT_EQ(buddy_context_reset(context), BUDDY_OK);
  ASSERT_EQ(tensors.run(context), BUDDY_OK) << buddy_last_error();
  EXPECT_EQ(tensors.count, 0);
}

TEST(ChecksOfOthers, WithoutStatesTheNextRunGoesOn) {
  TinyPackage package(Symbols::Yes);
  package.editManifest("\"states\": [], \"schedules\"",
                       "\"states\": [], \"checks\": [{\"op\": \"gather\", \"lowest\": 0, "
                       "\"highest\": \"s64 + -3\", \"shape\": [\"batch\"]}], \"schedules\"");
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK)
      << buddy_last_error();
  ASSERT_EQ(buddy_context_create(model, 1, &context), BUDDY_OK);
  // A size of 2 leaves a dimension of none, of which nothing is chosen only if there is no index.
  for (int64_t length : {3, 2, 3}) {
    int64_t shape[2] = {1, length}, longer[2] = {1, length + 1}, batch[1] = {1};
    float x[3] = {1, 2, 3}, y[4] = {99};
    int64_t ids[3] = {0, 1, 2}, count[1];
    uint8_t keep[3] = {1, 1, 1};
    DLTensor in[3] = {{x, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, nullptr, 0},
                      {ids, {kDLCPU, 0}, 2, {kDLInt, 64, 1}, shape, nullptr, 0},
                      {keep, {kDLCPU, 0}, 1, {BUDDY_DL_BOOL, 8, 1}, shape + 1, nullptr, 0}};
    DLTensor out[2] = {{y, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, longer, nullptr, 0},
                       {count, {kDLCPU, 0}, 1, {kDLInt, 64, 1}, batch, nullptr, 0}};
    DLTensor *inputs[] = {&in[0], &in[1], &in[2]}, *outputs[] = {&out[0], &out[1]};
    BuddyStatus status = buddy_context_run(context, inputs, 3, outputs, 2);
    if (length == 2) {
      EXPECT_EQ(status, BUDDY_INDEX_OUT_OF_RANGE);
      EXPECT_STREQ(buddy_last_error(), "gather: nothing can be chosen from a dimension of size 0, "
                                       "which it has with batch = 1, s64 = 2");
      EXPECT_EQ(y[0], 99);
    } else {
      EXPECT_EQ(status, BUDDY_OK) << buddy_last_error();
      EXPECT_EQ(y[0], 2);
    }
  }
  buddy_context_destroy(context);
  buddy_model_destroy(model);
}

// Compiled code that names a check which is not there is ours.
TEST(ChecksOfOthers, AWrongNumberIsOurFault) {
  TinyPackage package;
  package.editManifest("buddy_entry_forward", "buddy_entry_choose");
  package.editManifest("\"states\": [\"bias\", \"runs\"],",
                       std::string("\"states\": [\"bias\", \"runs\"], \"checks\": [") + firstCheck +
                           "],");
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK)
      << buddy_last_error();
  ASSERT_EQ(buddy_context_create(model, 1, &context), BUDDY_OK);
  RunTensors tensors;
  EXPECT_EQ(tensors.run(context), BUDDY_INTERNAL);
  EXPECT_CONTAINS(buddy_last_error(), "names the check 1 of 1");
  buddy_context_destroy(context);
  buddy_model_destroy(model);
}

TEST(ChecksOfOthers, NonsenseInTheManifestIsRefused) {
  struct {
    std::string check, text;
  } cases[] = {
      {"3", "checks"},
      {R"({"lowest": 0, "highest": 5, "shape": []})", "op"},
      {R"({"op": 3, "lowest": 0, "highest": 5, "shape": []})", "op"},
      {R"({"op": "index", "highest": 5, "shape": []})", "lowest"},
      {R"({"op": "index", "lowest": 0, "shape": []})", "highest"},
      {R"({"op": "index", "lowest": 0, "highest": -1, "shape": []})", "is below the lowest"},
      {R"({"op": "index", "lowest": 0, "highest": "s64", "shape": []})", "is no sum of products"},
      {R"({"op": "index", "lowest": 0, "highest": 1e99, "shape": []})", "highest"},
      {R"({"op": "index", "lowest": 0, "highest": 5})", "shape"},
      {R"({"op": "index", "lowest": 0, "highest": 5, "shape": 3})", "shape"},
      {R"({"op": "index", "lowest": 0, "highest": 5, "shape": [-1]})", "shape"},
      {R"({"op": "index", "lowest": 0, "highest": 5, "shape": [], "location": 3})", "location"},
  };
  for (const auto &[check, text] : cases) {
    TinyPackage package;
    package.editManifest("\"states\": [\"bias\", \"runs\"],",
                         "\"states\": [\"bias\", \"runs\"], \"checks\": [" + check + "],");
    BuddyModel *model = nullptr;
    EXPECT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_DAMAGED) << check;
    EXPECT_CONTAINS(buddy_last_error(), text);
  }
}

} // namespace
