// The text of a stage, each line with its place in the user's Python.
#pragma once

#include "Places.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace buddy {

struct StageText {
  std::string text;
  std::vector<int> lines; // of each line: the number of its place, or -1
};

// The module as people read it: no locations, large constants left out. Attributes that only the
// report reads are not printed.
StageText printStage(mlir::ModuleOp module, Places &places);

// "text", and "lines" as pairs of a number of lines and what they have in common.
void writeStageText(llvm::json::OStream &out, const StageText &stage);

} // namespace buddy
