// The map of the compiler: its stages in order, each with the function that builds it.
#pragma once

#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Midend/Schedules/ScheduleFile.h"
#include "buddy/Target/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir {
class DialectRegistry;
class ModuleOp;
class OpPassManager;
} // namespace mlir

namespace buddy {

struct StageOptions {
  Target target;                           // what schedules are chosen for
  std::shared_ptr<ScheduleFile> schedules; // override the chosen ones; null: none
  graph::ReadBuffer
      readBuffer;       // the bytes of buffers, for constants; null: buffers stay parameters
  bool observe = false; // return the value of every operation (buddy-graph-observe)
};

struct Stage {
  llvm::StringLiteral name;    // what --until and --at take, and the dumps are called
  llvm::StringLiteral summary; // what it does, in a few words
  void (*build)(mlir::OpPassManager &pm, const StageOptions &options);
  // Of the IR it starts from: a dialect that is there if anything is to do, and those that may be.
  llvm::StringLiteral startsFrom;
  llvm::ArrayRef<llvm::StringLiteral> accepts;
};

// graph, fused, tosa, the eight midend stages, the six backend stages. (object, which leaves MLIR,
// follows them: Backend/Object.h.) The first builds nothing: it is the import.
llvm::ArrayRef<Stage> stages();

inline constexpr llvm::StringLiteral kObjectStage = "object";

// The index of the stage of that name in stages(), their number for "object", -1 for none.
int stageIndex(llvm::StringRef name);

// Whether `module` can be what stage `index` starts from. Otherwise an error on the first op that
// cannot, which says so.
llvm::LogicalResult verifyStageInput(mlir::ModuleOp module, int index);

// Every dialect and interface that the stages need.
void registerDialects(mlir::DialectRegistry &registry);

// Every pass, and every stage as a pass pipeline of its name, for buddy-opt.
void registerPasses();

} // namespace buddy
