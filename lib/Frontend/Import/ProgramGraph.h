// The graph of models/model.json as plain data.
#pragma once

#include "buddy/Frontend/Import/ExportedProgram.h"

namespace buddy::pt2 {

// What arguments may refer to.
struct ArgumentContext {
  const SizeSymbols &symbols;
  const Graph &graph; // with its symInts
};
Argument readArgument(Json json, const ArgumentContext &context);

// Sizes may be expressions of `symbols`.
Graph readGraph(Json json, const SizeSymbols &symbols);

// Whether torch.export gave a number that is read off elements this name: u0, and zuf0 of floats.
bool isElementSymbol(llvm::StringRef name);

} // namespace buddy::pt2
