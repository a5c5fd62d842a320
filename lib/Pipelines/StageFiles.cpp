// Names and writes the files of stages.
#include "StageFiles.h"
#include "buddy/Backend/WholeFile.h"
#include "buddy/Frontend/Tosa/SplitModule.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/IR/AsmState.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace buddy;

std::string buddy::printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
  module.print(stream, flags);
  stream << "\n";
  return text;
}

std::vector<StageFile> buddy::productFiles(ModuleOp module, StringRef stage, bool always) {
  if (stage == "graph")
    return {{"graph.log", printModule(module)}};
  if (stage == "fused")
    return {{"graph_fused.log", printModule(module)}};
  std::string suffix;
  if (stage == "vector-optimization")
    suffix = "-midend";
  else if (stage == "reconcile-casts")
    suffix = "-optimized";
  else if (stage != "tosa") {
    if (!always)
      return {};
    suffix = ("-" + stage).str();
  }
  std::vector<StageFile> files;
  for (auto &[name, part] : splitForwardAndSubgraphs(module))
    files.push_back({name + suffix + ".mlir", printModule(*part)});
  return files;
}

std::optional<StageFile> buddy::numberedFile(ModuleOp module, int index) {
  int number = index - stageIndex("tosa");
  if (number < 1)
    return std::nullopt;
  std::string name;
  llvm::raw_string_ostream(name) << llvm::format("%02d-", number) << stages()[index].name
                                 << ".mlir";
  return StageFile{name, printModule(module)};
}

static llvm::Error failure(const Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

llvm::Error buddy::checkFolder(StringRef folder) {
  if (llvm::sys::fs::exists(folder)) {
    if (!llvm::sys::fs::is_directory(folder))
      return failure("'" + folder +
                     "' is a file; with --until and --save-stages a folder is written");
    if (llvm::sys::fs::access(folder, llvm::sys::fs::AccessMode::Write))
      return failure("folder '" + folder + "' is not writable");
    return llvm::Error::success();
  }
  StringRef parent = llvm::sys::path::parent_path(folder);
  if (parent.empty())
    parent = ".";
  if (!llvm::sys::fs::is_directory(parent))
    return failure("there is no folder '" + parent + "' to put '" + folder + "' in");
  if (llvm::sys::fs::access(parent, llvm::sys::fs::AccessMode::Write))
    return failure("folder '" + parent + "' is not writable");
  return llvm::Error::success();
}

llvm::Error buddy::makeFolder(StringRef folder) {
  if (std::error_code code = llvm::sys::fs::create_directory(folder))
    return failure("cannot make folder '" + folder + "': " + code.message());
  return llvm::Error::success();
}

llvm::Expected<std::string> buddy::writeStageFile(StringRef folder, const StageFile &file) {
  if (llvm::Error error = makeFolder(folder))
    return std::move(error);
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, file.name);
  if (auto present = llvm::MemoryBuffer::getFile(path);
      present && (*present)->getBuffer() == file.text)
    return path.str().str();
  llvm::Error error = writeWholeFile(path.str().str(), [&](llvm::raw_ostream &stream) {
    stream << file.text;
    return llvm::Error::success();
  });
  if (error)
    return std::move(error);
  return path.str().str();
}
