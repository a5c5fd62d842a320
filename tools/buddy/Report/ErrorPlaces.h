// Which operation of the fused graph an error belongs to.
#pragma once

#include "Graph.h"
#include "VerifyRule.h"
#include <vector>

namespace buddy {

struct PlacedError {
  OutputReport report;
  std::string function, op; // where the operation is, and what it is; empty: not in the graph
  size_t call = 0;          // of the function, which stands for several layers
  Place place;              // of the value itself
};

// Reports are named as values are, "linear_1", or as outputs, "output0". The nodes they belong to
// get their numbers.
std::vector<PlacedError> placeErrors(const std::vector<OutputReport> &errors,
                                     const ExportedValues &exported,
                                     std::vector<GraphFunction> &graph);

} // namespace buddy
