// What manifest.json of a package says. docs/contracts.md, section 6.
#pragma once

#include "DataType.h"
#include "SizeExpression.h"
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace buddy::runtime {

inline constexpr std::string_view manifestMagic = "buddy-package";
inline constexpr int64_t manifestVersion = 8;

// What some elements of a tensor lie between, both included.
struct IndexRange {
  int64_t first = 0, count = 0; // row-major; count -1: all that there are
  SizeExpression lowest, highest;
};

struct TensorSpec {
  std::string name;
  DataType dtype = DataType::F32;      // what the user gives and gets
  DataType stored = DataType::F32;     // what the compiled code reads and writes
  std::vector<int64_t> shape;          // -1: a size that depends on symbols
  int64_t elements = 0;                // -1: so does their number
  std::vector<IndexRange> ranges;      // of an integer input that indexes something
  std::vector<SizeExpression> sizes;   // of all dimensions, if one depends on symbols; else empty
  std::vector<std::string> dimensions; // their text: "1", "s64 + 1"

  bool isDynamic() const { return !sizes.empty(); }
};

// "[1, s64, 1536]"
std::string shapeText(const TensorSpec &tensor);

// A size that the caller chooses on each run.
struct SymbolSpec {
  static constexpr int64_t unbounded = std::numeric_limits<int64_t>::max();
  std::string name;
  int64_t min = 0, max = unbounded;
  size_t input = 0, dimension = 0; // where it stands alone, and its value is read
};

// "2 to 32768", "at least 2"
std::string rangeText(const SymbolSpec &symbol);

// What is kept from one run to the next.
struct StateSpec : TensorSpec {
  std::optional<int64_t> initial; // where in params.bin its first elements lie; none: all are zero
};

// What a run checks of the indices of an operation, because nothing says it before.
struct IndexCheck {
  std::string op, location; // "embedding", "model.py:83" or empty
  SizeExpression lowest, highest;
  std::vector<SizeExpression> shape; // of the indices
};

// The schedule an operation was compiled with, for people and for `buddy compile --schedule`;
// nothing runs by it. docs/schedules.md.
struct OpSchedule {
  using Numbers = std::vector<std::pair<std::string, int64_t>>; // in the file's order
  struct Field {
    std::string name;
    std::optional<int64_t> number; // of a field that is a number
    Numbers elements;              // of one that is a list of named numbers
  };
  std::string op, kind, location; // "subgraph0.contraction0", "contraction", "model.py:83" or empty
  Numbers loops;
  std::vector<Field> fields;
};

// What runs as one, and is timed as one: an operation with what was fused into it.
struct KernelSpec {
  std::string name, kind, location;    // the location may be empty
  std::optional<SizeExpression> flops; // of a call; none: not known
  std::optional<int64_t> bytes;        // what a call reads and writes, each tensor once
};

struct EntrySpec {
  std::string name, symbol;
  std::vector<SymbolSpec> symbols;
  int64_t workspaceBytes = 0; // without symbols
  std::string workspace;      // with symbols: the function of libmodel.so that says the bytes
  int64_t stackBytes = 0;     // that its kernels take of a thread's stack
  std::vector<TensorSpec> inputs, outputs;
  std::vector<size_t> states;     // those of the manifest that it works on
  std::vector<IndexCheck> checks; // in program order; some: it has one more output, Checks.h
  std::vector<OpSchedule> schedules;
  std::vector<KernelSpec> kernels;
  std::string profile; // the variable of libmodel.so that kernels ask; empty if there are none
  SizeExpression flops;
};

std::vector<std::string> symbolNames(const EntrySpec &entry);

struct FileSpec {
  std::string file; // a plain name inside the package
  uint32_t crc32 = 0;
  int64_t bytes = 0;
};

// One block of params.bin; see docs/contracts.md, section 4, for what the fields mean.
struct ParamBlock {
  std::string kind;
  std::vector<std::string> sources;
  int64_t rows = 0, cols = 0, tile = 0, elements = 0, offset = 0, bytes = 0;
  bool transposed = false;
};

struct Manifest {
  std::string compiler; // "0.1.0 (LLVM 22.1.8)"
  int64_t version = 0;
  std::string targetName, triple;
  std::vector<std::string> features;
  FileSpec library, params;
  std::vector<std::string> needs; // shared libraries that libmodel.so asks for
  std::vector<ParamBlock> layout;
  std::vector<EntrySpec> entries; // at least one
  std::vector<StateSpec> states;
};

// Checks that the text is a manifest of ours, whole, and of this version. `shown` is the file's
// name in messages. Throws Failure: BUDDY_NOT_A_PACKAGE, BUDDY_DAMAGED or BUDDY_WRONG_VERSION.
Manifest parseManifest(std::string_view text, const std::string &shown);

// Reads and checks the manifest of the package in the folder; nothing else. Throws Failure.
class OpenFolder;
Manifest readManifest(const OpenFolder &folder);
Manifest readManifest(const std::string &path);

// Whether a package made by compiler `compiler` ("0.1.0 (...)") runs on runtime `runtime`
// ("0.1.0"): the same major version, and before 1.0 the same minor one.
bool compatibleVersions(std::string_view compiler, std::string_view runtime);

} // namespace buddy::runtime
