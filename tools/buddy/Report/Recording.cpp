// An observer of the compiler.
#include "Recording.h"
#include "Checksum.h"
#include "PassDocs.h"
#include "buddy/Backend/Listing.h"
#include "buddy/Pipelines/Pipelines.h"
#include "buddy/Target/Target.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <chrono>

using namespace mlir;

namespace buddy {

static std::string partOf(int stage) {
  if (stage <= stageIndex("tosa"))
    return "frontend";
  return stage <= stageIndex("vector-optimization") ? "midend" : "backend";
}

// The passes of a stage in their order, from the pipeline's own text:
// builtin.module(canonicalize{...},func.func(buddy-tile)).
static std::vector<RecordedPass> passesOf(int stage, MLIRContext *context, const Target &target) {
  PassManager manager(context, ModuleOp::getOperationName());
  StageOptions options;
  options.target = target;
  stages()[stage].build(manager, options);
  std::string text;
  {
    llvm::raw_string_ostream stream(text);
    manager.printAsTextualPipeline(stream);
  }
  std::vector<RecordedPass> passes;
  std::string word;
  int braces = 0;
  for (char c : text + ",") {
    braces += (c == '{') - (c == '}');
    if (llvm::isAlnum(c) || c == '-' || c == '_' || c == '.') {
      if (!braces)
        word += c;
      continue;
    }
    // A word before a parenthesis is what the passes inside run on.
    if (const PassInfo *info = c == '(' || word.empty() ? nullptr : PassInfo::lookup(word))
      passes.push_back({word, info->getPassDescription().str(), passDescription(word).str()});
    word.clear();
  }
  return passes;
}

namespace {
class Recorder : public CompileObserver {
public:
  Recorder(Recording &recording, const std::string &entry, const Target &target)
      : recording(recording), wanted(entry), target(target) {}

  void finished(StringRef entry, int stage, ModuleOp module, double seconds) override {
    if (entry != wanted)
      return;
    const Stage &about = stages()[stage];
    if (about.name == "graph")
      recording.exported = exportedValues(module);
    else if (about.name == "fused")
      recording.graph = readGraph(module, recording.exported.values, recording.places);
    else if (about.name == "parallelization") {
      recording.kernels = readKernels(module);
      recording.slots = readSlots(module, recording.places);
    }
    recording.stages.push_back({about.name.str(), partOf(stage), about.summary.str(), seconds,
                                passesOf(stage, module.getContext(), target), "mlir",
                                printStage(module, recording.places)});
  }

  void emitting(StringRef entry, ModuleOp module) override {
    if (entry != wanted)
      return;
    auto start = std::chrono::steady_clock::now();
    llvm::Expected<Listing> listing = listCode(module, target);
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (!listing) {
      recording.listingProblem = llvm::toString(listing.takeError());
      return;
    }
    std::vector<int> numbers;
    for (Location location : listing->locations)
      numbers.push_back(recording.places.number(location));
    auto add = [&](StringRef name, StringRef summary, StringRef syntax, ListedText &text,
                   double seconds) {
      for (int &line : text.lines)
        if (line >= 0)
          line = line < int(numbers.size()) ? numbers[line] : -1;
      recording.stages.push_back({name.str(),
                                  "object",
                                  summary.str(),
                                  seconds,
                                  {},
                                  syntax.str(),
                                  {std::move(text.text), std::move(text.lines)}});
    };
    add("llvm-ir", "LLVM's optimizer at O3 for the target CPU", "llvm", listing->llvmIr,
        seconds.count());
    add("assembly", "machine instructions, as the linker puts them into libmodel.so", "asm",
        listing->assembly, 0);
  }

  void linked(const std::string &library) override {
    if (auto file = llvm::MemoryBuffer::getFile(library, false, false))
      recording.libraryCrc = runtime::crc32Of((*file)->getBuffer());
  }

private:
  Recording &recording;
  std::string wanted;
  Target target;
};
} // namespace

CompileStatus record(CompileRequest request, const std::string &entry, llvm::raw_ostream &errors,
                     Recording &recording) {
  llvm::Expected<Target> target = getTarget(request.target);
  if (!target) {
    errors << "buddy: error: " << llvm::toString(target.takeError()) << "\n";
    return CompileStatus::BadInput;
  }
  registerPasses();
  Recorder recorder(recording, entry, *target);
  request.observer = &recorder;
  CompileReport report;
  return compile(request, report, errors);
}

} // namespace buddy
