// What the compiled program says of its kernels: their places and what they keep in the workspace.
#pragma once

#include "Places.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace buddy {

struct KernelPlace {
  std::string name; // "subgraph0.contraction0"
  std::string function;
  Place place; // of all that runs in it
};

// A range of the workspace.
struct MemorySlot {
  std::string type, function;
  int64_t offset, bytes;
  size_t first, last; // the kernels that use it first and last, by their numbers
  int place;
};

// Of the module as parallelization leaves it, in the order of buddy.kernels.
std::vector<KernelPlace> readKernels(mlir::ModuleOp module);

// Of a program without symbols: with them nobody knows before a run.
std::vector<MemorySlot> readSlots(mlir::ModuleOp module, Places &places);

} // namespace buddy
