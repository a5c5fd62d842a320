// Weight configurations and reading of views.
#include "buddy/Frontend/Import/Weights.h"
#include "Contains.h"
#include "TestArchive.h"
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

static std::string floats(std::vector<float> values) {
  return std::string(reinterpret_cast<char *>(values.data()), values.size() * sizeof(float));
}

static llvm::Expected<std::shared_ptr<WeightStore>> readConfigured(TestArchive &test,
                                                                   const std::string &config) {
  test.addFrame()
      .add("data/weights/model_weights_config.json", "{\"config\": {" + config + "}}")
      .add("data/weights/weight_0", floats({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  auto archive = Archive::open(test.write());
  return archive ? readWeights(*archive) : archive.takeError();
}

static std::string configError(const std::string &config) {
  TestArchive test;
  auto weights = readConfigured(test, config);
  return weights ? "" : llvm::toString(weights.takeError());
}

static std::vector<float> readFloats(const WeightStore &store, llvm::StringRef name, size_t count) {
  std::vector<float> out(count, -1);
  llvm::Error error = store.read(
      name, llvm::MutableArrayRef<char>(reinterpret_cast<char *>(out.data()), count * 4));
  EXPECT_FALSE(bool(error));
  return out;
}

TEST(Weights, ViewsOfOneFile) {
  TestArchive test;
  auto weights =
      readConfigured(test, weightConfig("a", "weight_0", tensorMeta("3,4")) + "," +
                               weightConfig("t", "weight_0", tensorMeta("4,3", 7, "1,4")) + "," +
                               weightConfig("s", "weight_0", tensorMeta("2,2", 7, "4,2", 5)) + "," +
                               weightConfig("e", "weight_0", tensorMeta("2,3", 7, "0,1", 9)) + "," +
                               weightConfig("n", "weight_0", tensorMeta("", 7, "", 11)));
  ASSERT_TRUE(bool(weights)) << llvm::toString(weights.takeError());
  const WeightStore &store = **weights;
  EXPECT_EQ(readFloats(store, "a", 12), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(readFloats(store, "t", 12), (std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  EXPECT_EQ(readFloats(store, "s", 4), (std::vector<float>{5, 7, 9, 11}));
  EXPECT_EQ(readFloats(store, "e", 6), (std::vector<float>{9, 10, 11, 9, 10, 11}));
  EXPECT_EQ(readFloats(store, "n", 1), (std::vector<float>{11}));
}

TEST(Weights, ViewOutsideItsFile) {
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("13"))),
                  "needs 13 elements of entry 'layer/data/weights/weight_0', which has 12");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("2,2", 7, "10,2"))),
                  "needs 13 elements");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("7", 8))),
                  "needs 7 elements");
  EXPECT_EQ(configError(weightConfig("w", "weight_0", tensorMeta("6", 8))), "");
}

TEST(Weights, ImpossibleViews) {
  for (const std::string &meta :
       {tensorMeta("-1"), tensorMeta("2", 7, "-1"), tensorMeta("2", 7, "1", -1),
        tensorMeta("9223372036854775807", 7, "9223372036854775807"),
        tensorMeta("4611686018427387904,4", 7, "0,0"), tensorMeta("4611686018427387904", 8, "0"),
        tensorMeta("2,2", 7, "1")})
    EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", meta)), "not a view of anything")
        << meta;
}

TEST(Weights, MissingPickledUnsupported) {
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_9", tensorMeta("1"))),
                  "weight 'w' is missing: the archive has no entry 'data/weights/weight_9'");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("1"), true)),
                  "stored as a pickle");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("1", 10))), "complex64",
                  "f32 for now");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", "{\"dtype\": 7}")),
                  "'config.w.tensor_meta.sizes' is missing");
  EXPECT_CONTAINS(configError(weightConfig("w", "weight_0", tensorMeta("1")) + "," +
                              weightConfig("w", "weight_0", tensorMeta("1"))),
                  "listed twice");
}

TEST(Weights, ConfigurationMissing) {
  TestArchive test;
  auto archive = Archive::open(test.add("byteorder", "little").write());
  ASSERT_TRUE(bool(archive));
  auto weights = readWeights(*archive);
  ASSERT_FALSE(bool(weights));
  EXPECT_CONTAINS(llvm::toString(weights.takeError()),
                  "has no entry 'data/weights/model_weights_config.json'");
}

TEST(Weights, FlippedByte) {
  TestArchive test;
  test.addFrame()
      .add("data/weights/model_weights_config.json",
           "{\"config\": {" + weightConfig("w", "weight_0", tensorMeta("2")) + "}}")
      .add("data/weights/weight_0", "needle!!");
  std::string bytes = readFile(test.write());
  bytes[bytes.find("needle!!")] ^= 1;
  auto archive = Archive::open(test.writeRaw(bytes));
  ASSERT_TRUE(bool(archive));
  auto weights = readWeights(*archive);
  ASSERT_TRUE(bool(weights));
  std::vector<char> out(8);
  for (int i = 0; i < 2; ++i) // the result is remembered, and stays an error
    EXPECT_CONTAINS(llvm::toString((*weights)->read("w", out)),
                    "weight 'w' is damaged: the checksum of its file "
                    "'layer/data/weights/weight_0'");
}

TEST(Weights, ReadIntoAWrongBuffer) {
  TestArchive test;
  auto weights = readConfigured(test, weightConfig("w", "weight_0", tensorMeta("2")));
  ASSERT_TRUE(bool(weights));
  std::vector<char> out(4);
  EXPECT_CONTAINS(llvm::toString((*weights)->read("w", out)), "has 8 bytes");
  EXPECT_CONTAINS(llvm::toString((*weights)->read("v", out)), "no weight 'v'");
}
