// models/model.json as plain data: what torch/_export/serde/schema.py calls an ExportedProgram.
#pragma once

#include "buddy/Frontend/Import/Archive.h"
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "buddy/Frontend/Import/WeightStore.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace buddy {
class Json;
}

namespace buddy::pt2 {

// The serialized codes of torch dtypes: "float32", "complex64", ... for messages.
std::string scalarTypeName(int64_t code);
// The dtype of a code, or nothing if the compiler has no such dtype (complex, float8, ...).
std::optional<DType> scalarType(int64_t code);

struct TensorMeta {
  int64_t scalarType = 0; // serialized code
  std::vector<Size> sizes;
  std::vector<Size> strides;
  bool hasStrides = true; // false: one of them is an expression that cannot be read
  Size storageOffset = 0;
  int64_t layout = 0;
  // An expression among them that sizes cannot be (SizeExpressions.h), as people write it; empty if
  // there is none. It counts as 0.
  std::string unreadable;
};
// Sizes, strides and the offset may be expressions of `symbols`.
TensorMeta readTensorMeta(Json json, const SizeSymbols &symbols);

// Whether a number read off the elements of a tensor is in the expression: u0, which .item() and
// its like bring in.
bool dependsOnElements(llvm::StringRef expression);

struct Graph;

struct Argument {
  enum class Kind {
    None,
    Tensor,
    Tensors,
    Int,
    Ints,
    Float,
    Floats,
    Bool,
    Bools,
    String,
    ScalarType,
    Symbol,
    Graph,
    Ignored,
    Other
  };
  Kind kind = Kind::None;
  std::string tag;                  // "as_tensor", ...: for messages
  std::string text;                 // tensor's name, string, symbol
  std::vector<std::string> tensors; // names; empty for an absent optional tensor
  int64_t integer = 0;              // Int, Bool, ScalarType, a memory format
  double number = 0;                // Float
  std::vector<int64_t> integers;    // Ints, Bools
  std::vector<Size> sizes;          // Int, Ints: the same, if one of them depends on symbols
  std::vector<double> numbers;      // Floats
  std::shared_ptr<Graph> graph;
};

struct NamedArgument {
  std::string name; // in ATen's schema; empty for operators without one
  Argument value;
};

struct Node {
  std::string target; // "torch.ops.aten.linear.default"
  std::string name;
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;
  std::string stackTrace;  // Python frames, outermost first
  std::string moduleStack; // nn_module_stack
  bool isOnSizes = false;  // its results are numbers, which `symInts` of the graph has: no tensors
};

struct Graph {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::vector<Node> nodes;
  llvm::StringMap<TensorMeta> tensorValues;
  // Python integers that depend on sizes: their values.
  llvm::StringMap<Size> symInts;
  // Those of them and the floats whose expressions cannot be read, as people write these.
  llvm::StringMap<std::string> unreadableNumbers;
};

struct InputSpec {
  enum class Kind { UserInput, Parameter, Buffer, Constant, ConstantInput };
  Kind kind;
  std::string value; // the name nodes use
  std::string name;  // the user's name
};

struct OutputSpec {
  std::string kind; // "user_output", "buffer_mutation", ...
  Argument value;
  std::string target; // what a mutation changes
};

struct RangeConstraint {
  std::string symbol;
  std::optional<int64_t> min, max;
};

struct Program {
  Graph graph;
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
  std::vector<RangeConstraint> ranges; // the symbols, in the order of their numbers
  std::string torchVersion;
};

// The names of values that something of the program uses, its outputs too.
llvm::StringSet<> usedNames(const Program &program);

// The programs in the archive, models/NAME.json, in its order; torch.export.save writes one, of the
// name "model". An error if there is none.
llvm::Expected<std::vector<std::string>> programNames(const Archive &archive);

// Reads models/NAME.json. Errors: there is none (and what the archive seems to be instead), broken
// JSON, another schema version, a missing key, a value of the wrong type.
llvm::Expected<Program> readProgram(mlir::MLIRContext *context, const Archive &archive,
                                    llvm::StringRef name = "model");

} // namespace buddy::pt2
