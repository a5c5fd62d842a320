// A compilation as the page shows it.
#pragma once

#include "Graph.h"
#include "Kernels.h"
#include "StageText.h"
#include "buddy/Pipelines/Compiler.h"
#include <string>
#include <vector>

namespace buddy {

struct RecordedPass {
  std::string name, summary, description; // the description is Markdown, and may be empty
};

struct RecordedStage {
  std::string name, part, summary;
  double seconds = 0;
  std::vector<RecordedPass> passes;
  std::string syntax; // mlir, llvm, asm
  StageText text;
};

struct Recording {
  explicit Recording(std::string sourceRoot) : places(std::move(sourceRoot)) {}

  Places places;
  std::vector<RecordedStage> stages;
  ExportedValues exported;
  std::vector<GraphFunction> graph;
  std::vector<KernelPlace> kernels;
  std::vector<MemorySlot> slots;
  uint32_t libraryCrc = 0;
  std::string listingProblem; // why there is no LLVM IR and assembly; empty: there is
};

// Compiles the request's archive and records the program of that entry. Nothing is written.
CompileStatus record(CompileRequest request, const std::string &entry, llvm::raw_ostream &errors,
                     Recording &recording);

} // namespace buddy
