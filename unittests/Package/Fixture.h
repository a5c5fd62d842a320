// What the package tests share: a store of made-up weights and a module with the attributes of a
// compiled layer.
#pragma once

#include "TinyPackage.h"
#include "buddy/Package/Package.h"
#include "mlir/IR/MLIRContext.h"
#include <random>

namespace buddy::test {

// A weight whose bytes the store does not own: `Weights` keeps them.
class Weights {
public:
  explicit Weights(uint32_t seed = 1) : random(seed) {}

  // A weight of random numbers. With `view` its elements lie with gaps and in another order of
  // dimensions in a larger file. Returns its elements, row-major.
  std::vector<float> add(const std::string &name, std::vector<int64_t> sizes, bool view);

  // Changes one byte of the weight's file after its checksum was taken.
  void damage(size_t index) { (*files[index])[0] ^= 1; }

  WeightStore store;

private:
  std::mt19937 random;
  std::vector<std::unique_ptr<std::string>> files;
};

// A module with these attributes (MLIR text, without the braces); null if it does not parse.
mlir::OwningOpRef<mlir::ModuleOp> parseModule(mlir::MLIRContext &context,
                                              const std::string &attributes);

// The attributes of a layer with one input and one output, parameter "w" [rows, cols], packed in
// panels.
std::string layerAttributes(int64_t rows, int64_t cols, int64_t flops);

// The same of a layer with the symbols batch and s64, whose output is longer by one.
std::string symbolicAttributes();

// The target of packages in tests: this machine, no features asked for.
Target testTarget();

// Names in `folder` that begin with a dot: temporaries left behind.
std::vector<std::string> hiddenFiles(const std::string &folder);

// The kind of failure and its text; fails the test if there was none.
std::pair<PackageFailure, std::string> failureOf(llvm::Error error);

} // namespace buddy::test
