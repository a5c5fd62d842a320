// Weights and modules for the package tests.
#include "Fixture.h"
#include "Checksum.h"
#include "CpuFeatures.h"
#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <numeric>

namespace buddy::test {

std::vector<float> Weights::add(const std::string &name, std::vector<int64_t> sizes, bool view) {
  // Dimensions from outermost to innermost in memory; for a view shuffled, each with a gap behind
  // it.
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  if (view)
    std::shuffle(order.begin(), order.end(), random);
  Weight weight;
  weight.name = name;
  weight.sizes = sizes;
  weight.strides.resize(sizes.size());
  weight.storageOffset = view ? random() % 5 : 0;
  int64_t extent = 1;
  for (size_t i = order.size(); i-- > 0;) {
    weight.strides[order[i]] = extent;
    extent = extent * sizes[order[i]] + (view ? random() % 3 : 0);
  }
  extent += weight.storageOffset;

  std::vector<float> numbers(extent);
  for (float &number : numbers)
    number = static_cast<float>(random() % 100000) - 50000;
  files.push_back(std::make_unique<std::string>(reinterpret_cast<const char *>(numbers.data()),
                                                extent * sizeof(float)));
  weight.file = {files.back()->data(), files.back()->size()};
  weight.fileCrc32 = runtime::crc32Of(*files.back());
  weight.fileName = "data/weights/" + name;

  std::vector<float> elements;
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t rest = flat, at = weight.storageOffset;
    for (size_t d = sizes.size(); d-- > 0; rest /= sizes[d])
      at += rest % sizes[d] * weight.strides[d];
    elements.push_back(numbers[at]);
  }
  store.add(std::move(weight));
  return elements;
}

mlir::OwningOpRef<mlir::ModuleOp> parseModule(mlir::MLIRContext &context,
                                              const std::string &attributes) {
  return mlir::parseSourceString<mlir::ModuleOp>("module attributes {" + attributes + "} {}",
                                                 &context);
}

std::string layerAttributes(int64_t rows, int64_t cols, int64_t flops) {
  std::string r = std::to_string(rows), c = std::to_string(cols);
  std::string bytes = std::to_string((rows + 31) / 32 * 32 * cols * 4);
  std::string total = std::to_string(((rows + 31) / 32 * 32 * cols * 4 + 4095) / 4096 * 4096);
  return R"(buddy.parameters = [{name = "w", kind = "parameter", type = tensor<)" + r + "x" + c +
         R"(xf32>}],
    buddy.signature = {inputs = [{name = "x", type = tensor<2x3xf32>},
                                 {name = "mask", type = tensor<3xi64>}],
                       outputs = [{name = "output0", type = tensor<2x3xf32>}]},
    buddy.params = [{kind = "panels", sources = ["w"], rows = )" +
         r + ", cols = " + c + ", tile = 32, offset = 0, bytes = " + bytes +
         "}], buddy.params_bytes = " + total +
         ", buddy.workspace_bytes = 64, buddy.flops = " + std::to_string(flops);
}

std::string symbolicAttributes() {
  return R"(buddy.entry = "stretch", buddy.parameters = [], buddy.params = [], buddy.params_bytes = 0,
    buddy.symbols = [{name = "batch", min = 1 : i64}, {name = "s64", min = 2 : i64, max = 100 : i64}],
    buddy.signature = {
      inputs = [{name = "x", type = tensor<?x?xf32>, sizes = affine_map<()[s0, s1] -> (s0, s1)>},
                {name = "ids", type = tensor<?x?xi64>, sizes = affine_map<()[s0, s1] -> (s0, s1)>,
                 ranges = [array<i64: 0, -1, 0, 9>]},
                {name = "keep", type = tensor<?xi1>, sizes = affine_map<()[s0, s1] -> (s1)>}],
      outputs = [{name = "output0", type = tensor<?x?xf32>,
                  sizes = affine_map<()[s0, s1] -> (s0, s1 + 1)>},
                 {name = "output1", type = tensor<?xi64>, sizes = affine_map<()[s0] -> (s0)>}]},
    buddy.flops = affine_map<()[s0, s1] -> (s0 * s1 * 2)>)";
}

Target testTarget() {
  Target target;
  target.name = "test";
  target.triple = std::string(runtime::hostArchitecture()) + "-unknown-linux-gnu";
  return target;
}

std::vector<std::string> hiddenFiles(const std::string &folder) {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("."))
      names.push_back(entry.path().filename().string());
  return names;
}

std::pair<PackageFailure, std::string> failureOf(llvm::Error error) {
  std::pair<PackageFailure, std::string> result{PackageFailure::Internal, "no PackageError"};
  EXPECT_TRUE(static_cast<bool>(error));
  llvm::handleAllErrors(
      std::move(error), [&](const PackageError &failure) { result = {failure.kind, failure.text}; },
      [](const llvm::ErrorInfoBase &other) { ADD_FAILURE() << other.message(); });
  return result;
}

} // namespace buddy::test
