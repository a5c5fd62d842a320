// The files of a stage: what they are called and how they get onto disk.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace buddy {

struct StageFile {
  std::string name;
  std::string text;
};

// The module's text, with locations: what --from reads must know the Python lines.
std::string printModule(mlir::ModuleOp module);

// The product's files of a stage: graph.log, graph_fused.log, forward.mlir and subgraphN.mlir,
// forward-midend.mlir ..., forward-optimized.mlir .... A stage that has none gives
// forward-STAGE.mlir ... if `always`, else nothing.
std::vector<StageFile> productFiles(mlir::ModuleOp module, llvm::StringRef stage, bool always);

// "03-tensor-optimization.mlir": the whole module after stage `index` of stages(), numbered 1 to 8
// in the midend and 9 to 14 in the backend. None for the stages before: their product files are all
// of it.
std::optional<StageFile> numberedFile(mlir::ModuleOp module, int index);

// An error if `folder` is a file, or its parent does not exist or cannot be written.
llvm::Error checkFolder(llvm::StringRef folder);
llvm::Error makeFolder(llvm::StringRef folder);

// Writes the file into `folder`, made if it is not there. The file appears whole or not at all. A
// file that has this text already keeps its date, so that a build does not go on from it. Returns
// its path.
llvm::Expected<std::string> writeStageFile(llvm::StringRef folder, const StageFile &file);

} // namespace buddy
