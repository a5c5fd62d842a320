// From an exported archive, or from the dumps of a stage, to a package or to the dumps of another.
#pragma once

#include "llvm/Support/raw_ostream.h"
#include <functional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace buddy {

// Sees a compilation from inside. The exported values are numbered for it (ImportOptions).
class CompileObserver {
public:
  virtual ~CompileObserver() = default;
  // After the stage of that place in stages(), of the program of that entry; `module` is not to be
  // changed but for attributes of its own.
  virtual void finished(llvm::StringRef entry, int stage, mlir::ModuleOp module,
                        double seconds) = 0;
  // The last module, as the object is made from it.
  virtual void emitting(llvm::StringRef entry, mlir::ModuleOp module) = 0;
  // The library of all programs, before it goes into a package (if one is asked for).
  virtual void linked(const std::string &library) = 0;
};

// Exactly one of `archive` and `from` is given.
struct CompileRequest {
  std::string archive;           // layer.pt2
  std::vector<std::string> from; // forward.mlir, subgraph0.mlir, ...: dumps to go on from
  std::string at;                // with `from`: the first stage to run
  std::string until;      // the last stage to run; empty: to the package ("object" with `from`)
  std::string output;     // the package, or with `until` a folder for that part's files
  std::string saveStages; // a folder for one file a stage; empty: none
  std::string schedule;   // a file of schedules that override the chosen ones; empty: none
  std::string target = "native";
  bool observe = false; // with `archive`: the value of every operation is an output
  CompileObserver *observer = nullptr;
};

struct StageReport {
  std::string name;
  double seconds = 0;
  std::vector<std::string> files; // what it wrote
};

struct CompileReport {
  std::vector<StageReport> stages;
  double seconds = 0;
};

// Whose fault a failure is; the values are the tool's exit status.
enum class CompileStatus { Done = 0, BadInput = 1, WrongUsage = 2, OurFault = 70 };

// Without an output an observer is enough. `started` is called as each stage begins. Errors go to
// `errors`, in full; on failure nothing is left at `output` that was not there before.
CompileStatus compile(const CompileRequest &request, CompileReport &report,
                      llvm::raw_ostream &errors,
                      std::function<void(llvm::StringRef stage)> started = {});

} // namespace buddy
