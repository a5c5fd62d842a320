// Writes the file and prints the commands.
#include "Reproducer.h"
#include "buddy/Pipelines/Pipelines.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

using namespace buddy;

// For a shell: as it is, or in single quotes.
static std::string quoted(llvm::StringRef word) {
  bool isPlain = !word.empty() && llvm::all_of(word, [](char c) {
    return llvm::isAlnum(c) || llvm::StringRef("_-+=./,:@%").contains(c);
  });
  if (isPlain)
    return word.str();
  std::string result = "'";
  for (char c : word)
    result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

// Options that change what the stage does, as they were given: "native" is more than the name of
// the level that it becomes.
static std::string optionsOf(const CompileRequest &request, int index) {
  std::string text = " --target=" + quoted(request.target);
  if (!request.schedule.empty() && index == stageIndex("tensor-optimization"))
    text += " --schedule=" + quoted(request.schedule);
  // Applied in stage fused; what comes after has it in its input.
  if (request.observe && index <= stageIndex("tosa"))
    text += " --observe";
  return text;
}

void buddy::writeReproducer(const CompileRequest &request, int index, llvm::StringRef input,
                            llvm::raw_ostream &errors) {
  bool isObject = index >= int(stages().size());
  llvm::StringRef stage = isObject ? kObjectStage : stages()[index].name;
  errors << "buddy: this is a fault of the compiler, not of your program. ";
  if (index <= stageIndex("tosa") && request.from.empty()) {
    errors << "It can be repeated with\n  buddy compile " << quoted(request.archive)
           << " --until=" << stage << optionsOf(request, index) << " -o stage-output\n";
    return;
  }
  llvm::SmallString<128> path;
  std::error_code code = llvm::sys::fs::createTemporaryFile("buddy-" + stage, "mlir", path);
  if (!code) {
    llvm::raw_fd_ostream file(path, code);
    if (!code) {
      file << input;
      file.close();
      code = file.error();
      file.clear_error();
    }
  }
  if (code) {
    if (!path.empty())
      llvm::sys::fs::remove(path);
    errors << "The file that repeats it cannot be written: " << code.message() << "\n";
    return;
  }
  errors << "It can be repeated with\n  buddy compile --from=" << quoted(path) << " --at=" << stage
         << " --until=" << stage << optionsOf(request, index) << " -o stage-output\n";
  if (isObject)
    return;
  std::string stageOptions = "target=" + request.target;
  if (!request.schedule.empty() && index == stageIndex("tensor-optimization"))
    stageOptions += " schedule={" + request.schedule + "}"; // it may have spaces
  errors << "or, with every option of MLIR, with\n  buddy-opt " << quoted(path) << " --buddy-stage-"
         << stage << "=" << quoted(stageOptions) << " -o stage-output.mlir\n";
}
