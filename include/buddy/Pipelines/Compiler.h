// From an exported archive, or from the dumps of a stage, to a package or to the dumps of another.
#pragma once

#include "llvm/Support/raw_ostream.h"
#include <functional>
#include <string>
#include <vector>

namespace buddy {

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

// `started` is called as each stage begins. Errors go to `errors`, in full; on failure nothing is
// left at `output` that was not there before.
CompileStatus compile(const CompileRequest &request, CompileReport &report,
                      llvm::raw_ostream &errors,
                      std::function<void(llvm::StringRef stage)> started = {});

} // namespace buddy
