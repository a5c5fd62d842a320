// params.bin and arg0.data against a packing written down straight from the contract, over many
// shapes.
#include "Params.h"
#include "Checksum.h"
#include "Contains.h"
#include "Fixture.h"
#include "HugePages.h"
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

namespace {

std::vector<float> floatsOf(const std::string &bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

class Params : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string path = folder.path + "/params.bin";
  mlir::MLIRContext context;

  std::vector<float> write(const ParamLayout &layout, const Weights &weights) {
    std::filesystem::remove(path);
    FileWriter writer(path, path);
    llvm::Error error = writeParams(layout, weights.store, writer);
    EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
    error = writer.finish();
    EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
    return floatsOf(readFile(path));
  }
};

TEST_F(Params, PanelsOfRandomShapes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Weights weights(round);
    int64_t cols = 1 + random() % 70,
            tile = std::vector<int64_t>{1, 4, 8, 16, 32, 48}[random() % 6];
    if (round == 199) // more than one chunk of the packing's buffer
      cols = 9000, tile = 48;
    ParamRecipe recipe;
    recipe.kind = ParamRecipe::Kind::Panels;
    recipe.transposed = random() % 2;
    std::vector<std::vector<float>> stacked; // [rows, cols]
    for (size_t source = 0, count = 1 + random() % 3; source < count; ++source) {
      int64_t rows = 1 + random() % 80;
      std::string name = "w" + std::to_string(source);
      std::vector<int64_t> sizes =
          recipe.transposed ? std::vector<int64_t>{cols, rows} : std::vector<int64_t>{rows, cols};
      std::vector<float> elements = weights.add(name, sizes, random() % 2);
      recipe.sources.push_back(name);
      for (int64_t r = 0; r < rows; ++r) {
        std::vector<float> &row = stacked.emplace_back();
        for (int64_t c = 0; c < cols; ++c)
          row.push_back(elements[recipe.transposed ? c * rows + r : r * cols + c]);
      }
    }
    recipe.rows = stacked.size();
    recipe.cols = cols;
    recipe.tile = tile;
    int64_t panels = (recipe.rows + tile - 1) / tile;
    recipe.offset = 64 * (random() % 3);
    recipe.bytes = panels * tile * cols * 4 + 4 * (random() % 9);
    ParamLayout layout{{recipe}, (recipe.offset + recipe.bytes + 4095) / 4096 * 4096};

    std::vector<float> expected(layout.bytes / 4, 0.0f);
    for (int64_t p = 0; p < panels; ++p)
      for (int64_t c = 0; c < cols; ++c)
        for (int64_t l = 0; l < tile; ++l)
          if (p * tile + l < recipe.rows)
            expected[recipe.offset / 4 + (p * cols + c) * tile + l] = stacked[p * tile + l][c];
    ASSERT_EQ(write(layout, weights), expected) << "round " << round;
  }
}

TEST_F(Params, PlainOfRandomShapes) {
  std::mt19937 random(8);
  for (int round = 0; round < 100; ++round) {
    Weights weights(round);
    ParamRecipe recipe;
    std::vector<float> expected;
    for (size_t source = 0, count = 1 + random() % 3; source < count; ++source) {
      std::vector<int64_t> sizes(random() % 4);
      for (int64_t &size : sizes)
        size = 1 + random() % 9;
      if (round == 99)
        sizes = {700, 500}; // more than the copy's buffer
      std::string name = "b" + std::to_string(source);
      recipe.sources.push_back(name);
      for (float element : weights.add(name, sizes, random() % 2))
        expected.push_back(element);
    }
    recipe.elements = expected.size();
    recipe.bytes = (expected.size() * 4 + 63) / 64 * 64;
    ParamLayout layout{{recipe}, (recipe.bytes + 4095) / 4096 * 4096};
    expected.resize(layout.bytes / 4, 0.0f);
    ASSERT_EQ(write(layout, weights), expected) << "round " << round;
  }
}

TEST_F(Params, PiecesOfAnySizeAreWrittenInWholeBlocks) {
  std::mt19937 random(9);
  const size_t sizes[] = {1,
                          100,
                          4096,
                          1 << 20,
                          runtime::hugePageBytes - 1,
                          runtime::hugePageBytes,
                          runtime::hugePageBytes + 1,
                          5 << 20};
  std::string expected;
  FileWriter writer(path, path);
  for (int round = 0; round < 12; ++round) {
    std::string piece(sizes[random() % std::size(sizes)], static_cast<char>(random()));
    uint64_t zeros = random() % 5000;
    writer.write(piece);
    writer.zeros(zeros);
    expected += piece + std::string(zeros, '\0');
    ASSERT_EQ(writer.size(), expected.size());
  }
  ASSERT_GT(expected.size(), 2 * runtime::hugePageBytes);
  llvm::Error error = writer.finish();
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  EXPECT_TRUE(readFile(path) == expected);
  EXPECT_EQ(writer.crc32(), runtime::crc32Of(expected));
}

TEST_F(Params, DamagedWeightIsTheInputsFault) {
  Weights weights;
  weights.add("good", {4, 4}, false);
  weights.add("bad", {4, 4}, false);
  weights.damage(1);
  ParamRecipe recipe;
  recipe.sources = {"good", "bad"};
  recipe.elements = 32;
  recipe.bytes = 128;
  FileWriter writer(path, path);
  auto [kind, text] = failureOf(writeParams({{recipe}, 4096}, weights.store, writer));
  EXPECT_EQ(kind, PackageFailure::Input);
  EXPECT_CONTAINS(text, "data/weights/bad");
}

TEST_F(Params, RecipesThatContradictTheWeights) {
  Weights weights;
  weights.add("w", {4, 5}, false);
  weights.add("v", {4}, false);
  auto refuse = [&](ParamRecipe recipe, const std::string &part) {
    std::filesystem::remove(path);
    FileWriter writer(path, path);
    recipe.bytes = 4096;
    auto [kind, text] = failureOf(writeParams({{recipe}, 4096}, weights.store, writer));
    EXPECT_EQ(kind, PackageFailure::Internal);
    EXPECT_CONTAINS(text, part);
  };
  ParamRecipe panels;
  panels.kind = ParamRecipe::Kind::Panels;
  panels.rows = 4;
  panels.cols = 5;
  panels.tile = 8;
  panels.sources = {"nothing"};
  refuse(panels, "the archive does not have");
  panels.sources = {"v"};
  refuse(panels, "in 5 columns");
  panels.sources = {"w", "w"};
  refuse(panels, "packs 8 rows as 4");
  ParamRecipe plain;
  plain.sources = {"w"};
  plain.elements = 3;
  refuse(plain, "3 elements for 'w'");
}

TEST_F(Params, LayoutsThatMakeNoSense) {
  auto refuse = [&](const std::string &entry, const std::string &part,
                    const std::string &bytes = "4096") {
    auto module =
        parseModule(context, "buddy.params = [" + entry + "], buddy.params_bytes = " + bytes);
    ASSERT_TRUE(module) << entry;
    auto layout = readParamLayout(*module);
    auto [kind, text] = failureOf(layout.takeError());
    EXPECT_EQ(kind, PackageFailure::Internal);
    EXPECT_CONTAINS(text, part);
  };
  std::string good = R"({kind = "plain", sources = ["a"], elements = 2, offset = 0, bytes = 64})";
  refuse(good + "," + good, "overlap");
  refuse(R"({kind = "plain", sources = ["a"], elements = 2, offset = 4096, bytes = 64})", "beyond");
  refuse(R"({kind = "plain", sources = ["a"], elements = 2, offset = 4, bytes = 64})",
         "multiple of 64");
  refuse(R"({kind = "plain", sources = ["a"], elements = 20, offset = 0, bytes = 64})",
         "do not fit");
  refuse(R"({kind = "odd", sources = ["a"], offset = 0, bytes = 64})", "unknown kind");
  refuse(
      R"({kind = "panels", sources = ["a"], rows = 4, cols = 4, tile = 0, offset = 0, bytes = 64})",
      "without rows, cols or tile");
  refuse(
      R"({kind = "panels", sources = ["a"], rows = 70000000000000, cols = 70000000000000, tile = 1,
            offset = 0, bytes = 64})",
      "do not fit");
  refuse(R"({kind = "plain", sources = [3], elements = 2, offset = 0, bytes = 64})", "no string");
  refuse("3", "no dictionary");
  refuse(good, "buddy.params_bytes", "-1");
}

TEST_F(Params, Arg0IsAllParametersBackToBack) {
  Weights weights;
  std::vector<float> expected = weights.add("a", {3, 5}, true);
  for (float element : weights.add("b", {7}, false))
    expected.push_back(element);
  auto module = parseModule(context, R"(buddy.parameters = [
    {name = "a", kind = "parameter", type = tensor<3x5xf32>},
    {name = "b", kind = "buffer", type = tensor<7xf32>}])");
  std::string file = folder.path + "/arg0.data";
  ASSERT_FALSE(static_cast<bool>(writeArg0(*module, weights.store, file)));
  EXPECT_EQ(floatsOf(readFile(file)), expected);
  // A second time over the first; and a failure leaves nothing.
  ASSERT_FALSE(static_cast<bool>(writeArg0(*module, weights.store, file)));
  auto [kind, text] = failureOf(writeArg0(*module, weights.store, folder.path + "/no/arg0.data"));
  EXPECT_EQ(kind, PackageFailure::Io);
  EXPECT_CONTAINS(text, "no/arg0.data: cannot write: No such file");
}

} // namespace
