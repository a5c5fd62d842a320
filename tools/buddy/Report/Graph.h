// The fused graph as the page draws it.
#pragma once

#include "Places.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace buddy {

struct GraphNode {
  std::string op;   // "linear"
  std::string name; // of a value, a parameter, an input
  std::string type; // "1x40x2048xf32"
  std::string kind; // op, input, parameter, constant, output, call
  std::string module, callee;
  int place = -1;
  std::set<unsigned> values; // the exported values that it computes
  std::vector<size_t> inputs;
  // Numbers of what belongs to it, filled in later.
  std::vector<std::string> kernels;
  std::vector<size_t> errors;
};

struct GraphFunction {
  std::string name;
  size_t calls = 0; // in a run
  std::vector<GraphNode> nodes;
};

// An exported value: what the numbers in places stand for.
struct ExportedValue {
  std::string name; // "linear_1"
  std::string op;   // what computes it in the imported graph: "linear"
  Place place;
};

struct ExportedValues {
  std::vector<ExportedValue> values; // numbered from 1
  std::vector<unsigned> outputs;     // the numbers of what is returned; 0: of no value
};

// Of the graph as it was imported.
ExportedValues exportedValues(mlir::ModuleOp module);

// Of the fused graph.
std::vector<GraphFunction> readGraph(mlir::ModuleOp module,
                                     const std::vector<ExportedValue> &values, Places &places);

} // namespace buddy
