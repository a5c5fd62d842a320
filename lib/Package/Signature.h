// The module attributes that a package is made from, read and checked.
#pragma once

#include "SizeExpression.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace buddy {

// What some elements of a tensor lie between, both included.
struct IndexRange {
  int64_t first, count; // row-major; count -1: all that there are
  runtime::SizeExpression lowest, highest;
};

struct SignatureTensor {
  std::string name;
  std::string dtype;  // "f32", "i64", "bool": as PyTorch has it
  std::string stored; // as the compiled code has it: i32 for i64, i8 for bool
  std::vector<runtime::SizeExpression> shape; // most are numbers
  std::vector<IndexRange> ranges = {};        // of integer inputs that index something
};

// A size that each run has its own value for.
struct SignatureSymbol {
  std::string name; // "s64"
  int64_t min = 0;
  std::optional<int64_t> max;
};

// What a run checks of the indices of an operation.
struct SignatureCheck {
  std::string op, location;
  runtime::SizeExpression lowest, highest;
  std::vector<runtime::SizeExpression> shape; // of the indices
};

struct PackageSignature {
  std::vector<SignatureSymbol> symbols;
  std::vector<SignatureTensor> inputs, outputs;
  std::vector<SignatureTensor> states; // what a run leaves for the next one
  // What one more output, the last one, which users do not see, is the result of.
  std::vector<SignatureCheck> checks;
};

std::vector<std::string> symbolNames(const PackageSignature &signature);

// buddy.signature and buddy.symbols
llvm::Expected<PackageSignature> readPackageSignature(mlir::ModuleOp module);

struct Parameter {
  std::string name;
  std::vector<int64_t> shape; // f32
};

// buddy.parameters
llvm::Expected<std::vector<Parameter>> readParameters(mlir::ModuleOp module);

// An integer attribute of a dictionary or of the module; nothing if it is absent or no integer.
std::optional<int64_t> integerAttribute(mlir::Attribute attribute);

// "the module has no attribute buddy.x": our own fault, for the passes write them.
llvm::Error missingAttribute(llvm::StringRef name, llvm::StringRef what);

} // namespace buddy
