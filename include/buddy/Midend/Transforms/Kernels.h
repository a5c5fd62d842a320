// Kernels: what runs as one, and is timed as one. MarkKernels names and marks them; the names of
// what it leaves in the module are here.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace buddy {

inline constexpr llvm::StringLiteral kKernelsAttr = "buddy.kernels";

// The functions in the module that a kernel calls.
inline constexpr llvm::StringLiteral kKernelBegin = "buddy_kernel_begin";
inline constexpr llvm::StringLiteral kKernelMark = "buddy_kernel_mark";

// What a mark says; the runtime has the same numbers (runtime/Profile.h).
enum class KernelEvent : int32_t { Begin = 0, End = 1, ThreadBegin = 2, ThreadEnd = 3 };

// The global of the hook that an entry's marks call while it is not null.
inline std::string profileSymbol(llvm::StringRef entry) { return ("buddy_profile_" + entry).str(); }

// One entry of buddy.kernels; a kernel's number is its place in it.
struct RecordedKernel {
  std::string name, kind, location; // "subgraph0.contraction0", "contraction", "model.py:83" or ""
  mlir::Attribute flops;            // of a call: an i64 or a map of the symbols; null: not known
  std::optional<int64_t> bytes;     // what a call reads and writes, each tensor once
};

// Empty without the attribute. Errors say what is wrong with it.
llvm::Expected<std::vector<RecordedKernel>> readRecordedKernels(mlir::ModuleOp module);

} // namespace buddy
