// Runs the stages, writes their dumps and the package.
#include "buddy/Pipelines/Compiler.h"
#include "CompilePlan.h"
#include "DumpFile.h"
#include "Reproducer.h"
#include "StagedFiles.h"
#include "TestFault.h"
#include "buddy/Backend/Link.h"
#include "buddy/Backend/Object.h"
#include "buddy/Frontend/Import/Import.h"
#include "buddy/Frontend/Tosa/SplitModule.h"
#include "buddy/Package/Package.h"
#include "buddy/Pipelines/Diagnostics.h"
#include "buddy/Pipelines/Pipelines.h"
#include "buddy/Pipelines/RunningPass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace mlir;
using namespace buddy;

namespace {
class Compilation {
public:
  Compilation(const CompileRequest &request, CompileReport &report, llvm::raw_ostream &errors,
              std::function<void(StringRef)> started)
      : request(request), report(report), errors(errors), started(std::move(started)),
        context(makeRegistry()), printer(&context, errors) {
    context.loadAllAvailableDialects();
    // The user's line is what helps; the operation's generic form does not.
    context.printOpOnDiagnostic(false);
  }

  CompileStatus run();

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerDialects(registry);
    return registry;
  }
  CompileStatus fail(CompileStatus status, const Twine &text) {
    return buddy::fail(errors, status, text);
  }
  CompileStatus fail(CompileStatus status, llvm::Error error) {
    return buddy::fail(errors, status, std::move(error));
  }
  CompileStatus load();
  CompileStatus runStage(int index);
  CompileStatus stageFailed(int index, const std::string &input);
  CompileStatus buildFailed(llvm::Error error);
  CompileStatus runProgram();
  CompileStatus object();
  CompileStatus link();
  // A folder for the program's files: `folder`, or one below it.
  llvm::Expected<std::string> folderFor(const std::string &folder);
  // Files that belong to a stage, into `stageReport` and, as asked for, onto disk.
  CompileStatus keep(int index, StageReport &stageReport);
  CompileStatus keepForLater(const StageFile &file, StageReport &stageReport);
  // Whether the stage that begins is the one that request.reproduce means.
  bool isToReproduce(StringRef stage);

  const CompileRequest &request;
  CompileReport &report;
  llvm::raw_ostream &errors;
  std::function<void(StringRef)> started;
  MLIRContext context;
  DiagnosticPrinter printer;
  CompilePlan plan;
  // The programs of the archive, or the one that the dumps make; `module` is the one at work.
  std::vector<ImportedArchive::Program> programs;
  OwningOpRef<ModuleOp> module;
  std::shared_ptr<WeightStore> weights;
  // Of an archive of several programs the files of each go into a folder of its name.
  std::string subfolder;
  std::string entry; // of the program at work
  TemporaryFolder scratch;
  std::vector<std::string> objects;
  // For the output folder, put there when all has gone well.
  StagedFiles staged;
  int timesBegun = 0; // of the stage of request.reproduce
};

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
} // namespace

CompileStatus Compilation::load() {
  if (request.from.empty()) {
    auto start = std::chrono::steady_clock::now();
    if (started)
      started(stages()[0].name);
    FailureOr<ImportedArchive> archive = importArchive(
        &context, request.archive, nullptr, {.numberValues = request.observe || request.observer});
    if (failed(archive))
      return CompileStatus::BadInput;
    programs = std::move(archive->programs);
    weights = archive->weights;
    if (programs.size() > 1 && !request.schedule.empty())
      return fail(CompileStatus::BadInput, "--schedule names operations of one program, and " +
                                               request.archive + " holds " +
                                               std::to_string(programs.size()));
    plan.options.readBuffer = [this](StringRef name, MutableArrayRef<char> out) {
      return weights->read(name, out);
    };
    report.stages.push_back({stages()[0].name.str(), secondsSince(start), {}});
    plan.first = 1;
    return CompileStatus::Done;
  }
  std::vector<OwningOpRef<ModuleOp>> parts;
  SmallVector<ModuleOp> views;
  for (const std::string &path : request.from) {
    OwningOpRef<ModuleOp> part = readDump(path, context);
    if (!part)
      return CompileStatus::BadInput;
    views.push_back(*part);
    parts.push_back(std::move(part));
  }
  FailureOr<OwningOpRef<ModuleOp>> joined = joinModules(views);
  if (failed(joined))
    return CompileStatus::BadInput;
  if (failed(verifyStageInput(**joined, plan.first)))
    return CompileStatus::BadInput;
  programs.push_back({"forward", std::move(*joined)});
  return CompileStatus::Done;
}

llvm::Expected<std::string> Compilation::folderFor(const std::string &folder) {
  if (llvm::Error error = makeFolder(folder))
    return std::move(error);
  if (subfolder.empty())
    return folder;
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, subfolder);
  if (llvm::Error error = makeFolder(path))
    return std::move(error);
  return path.str().str();
}

CompileStatus Compilation::keep(int index, StageReport &stageReport) {
  bool isLast = index == plan.last && !plan.toPackage;
  if (request.saveStages.empty() && (request.output.empty() || plan.toPackage))
    return CompileStatus::Done;
  std::vector<StageFile> files = productFiles(*module, stages()[index].name, isLast);
  if (!request.saveStages.empty()) {
    std::vector<StageFile> saved = files;
    if (std::optional<StageFile> numbered = numberedFile(*module, index))
      saved.push_back(std::move(*numbered));
    llvm::Expected<std::string> folder = folderFor(request.saveStages);
    if (!folder)
      return fail(CompileStatus::BadInput, folder.takeError());
    for (const StageFile &file : saved) {
      llvm::Expected<std::string> path = writeStageFile(*folder, file);
      if (!path)
        return fail(CompileStatus::BadInput, path.takeError());
      stageReport.files.push_back(*path);
    }
  }
  if (plan.toPackage || request.output.empty())
    return CompileStatus::Done;
  for (const StageFile &file : files)
    if (CompileStatus status = keepForLater(file, stageReport); status != CompileStatus::Done)
      return status;
  return CompileStatus::Done;
}

CompileStatus Compilation::keepForLater(const StageFile &file, StageReport &stageReport) {
  llvm::Expected<std::string> path = staged.add(subfolder, file);
  if (!path)
    return fail(CompileStatus::BadInput, path.takeError());
  stageReport.files.push_back(*path);
  return CompileStatus::Done;
}

bool Compilation::isToReproduce(StringRef stage) {
  return stage == request.reproduce.stage && ++timesBegun == request.reproduce.occurrence;
}

// What a user's program can cause is the input's fault up to TOSA; later stages must take what
// comes.
CompileStatus Compilation::stageFailed(int index, const std::string &input) {
  StringRef name = stages()[index].name;
  errors << "buddy: stage " << name << " failed\n";
  if (!request.from.empty() || index <= stageIndex("tosa"))
    return CompileStatus::BadInput;
  if (plan.options.schedules) {
    // Legal schedules can still ask for more than a later stage can give: a thread's stack.
    if (!plan.options.schedules->refused)
      errors << "buddy: it compiled the schedules of " << request.schedule
             << "; without --schedule it compiles its own\n";
    return CompileStatus::BadInput;
  }
  writeReproducer(request, index, input, errors);
  return CompileStatus::OurFault;
}

CompileStatus Compilation::runStage(int index) {
  const Stage &stage = stages()[index];
  auto start = std::chrono::steady_clock::now();
  if (started)
    started(stage.name);
  // Kept as a copy: when a pass fails the module is what it has become half-way.
  OwningOpRef<ModuleOp> before = cast<ModuleOp>((*module)->clone());
  if (isToReproduce(stage.name)) {
    writeReproducer(request, index, printModule(*before), errors);
    return CompileStatus::OurFault;
  }
  PassManager pm(&context, ModuleOp::getOperationName());
  pm.addInstrumentation(trackRunningPass());
  stage.build(pm, plan.options);
  addTestFault(pm, stage.name);
  if (failed(pm.run(*module)))
    return stageFailed(index, printModule(*before));
  if (stage.name == "tensor-optimization")
    (*module)->setAttr("buddy.target", StringAttr::get(&context, plan.options.target.name));
  double seconds = secondsSince(start);
  // Reading the archive was the first part of stage graph.
  if (!report.stages.empty() && report.stages.back().name == stage.name)
    report.stages.back().seconds += seconds;
  else
    report.stages.push_back({stage.name.str(), seconds, {}});
  if (request.observer)
    request.observer->finished(entry, index, *module, report.stages.back().seconds);
  if (CompileStatus status = keep(index, report.stages.back()); status != CompileStatus::Done)
    return status;
  // arg0.data belongs to forward.mlir: the two together are a whole program for any TOSA compiler.
  bool wantsArg0 = !request.saveStages.empty() || (!plan.toPackage && !request.output.empty());
  if (stage.name == "tosa" && weights && wantsArg0) {
    // Among the dumps if they are kept, else in the output folder when all has gone well.
    llvm::Expected<std::string> path = std::string();
    if (request.saveStages.empty()) {
      path = staged.place(subfolder, "arg0.data");
    } else if ((path = folderFor(request.saveStages))) {
      llvm::SmallString<128> file(*path);
      llvm::sys::path::append(file, "arg0.data");
      path = file.str().str();
    }
    if (!path)
      return fail(CompileStatus::BadInput, path.takeError());
    if (llvm::Error error = writeArg0(*module, *weights, *path))
      return fail(CompileStatus::BadInput, std::move(error));
    report.stages.back().files.push_back(
        request.saveStages.empty() ? staged.finalPath(subfolder, "arg0.data") : *path);
  }
  return CompileStatus::Done;
}

// A disk that is full is not our fault, nor is a dump that somebody wrote; anything else is.
CompileStatus Compilation::buildFailed(llvm::Error error) {
  bool isSystem = false;
  std::string text;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    isSystem |= info.convertToErrorCode() != llvm::inconvertibleErrorCode();
    text += (text.empty() ? "" : "\n") + info.message();
  });
  bool isOurs = !isSystem && request.from.empty();
  return fail(isOurs ? CompileStatus::OurFault : CompileStatus::BadInput, text);
}

CompileStatus Compilation::object() {
  auto start = std::chrono::steady_clock::now();
  if (started)
    started(kObjectStage);
  if (isToReproduce(kObjectStage)) {
    writeReproducer(request, stages().size(), printModule(*module), errors);
    return CompileStatus::OurFault;
  }
  runTestFault(kObjectStage);
  std::string objectPath = scratch.file("model" + std::to_string(objects.size()) + ".o");
  ObjectOptions objectOptions;
  if (!request.saveStages.empty()) {
    llvm::Expected<std::string> folder = folderFor(request.saveStages);
    if (!folder)
      return fail(CompileStatus::BadInput, folder.takeError());
    llvm::SmallString<128> ir(*folder), assembly(*folder);
    llvm::sys::path::append(ir, "model.ll");
    llvm::sys::path::append(assembly, "model.s");
    objectOptions.saveLlvmIr = ir.str().str();
    objectOptions.saveAssembly = assembly.str().str();
  }
  if (request.observer)
    request.observer->emitting(entry, *module);
  if (llvm::Error error = emitObject(*module, plan.options.target, objectOptions, objectPath)) {
    CompileStatus status = buildFailed(std::move(error));
    if (status == CompileStatus::OurFault)
      writeReproducer(request, stages().size(), printModule(*module), errors);
    return status;
  }
  objects.push_back(objectPath);
  StageReport stageReport{kObjectStage.str(), 0, {}};
  if (!objectOptions.saveLlvmIr.empty())
    stageReport.files = {objectOptions.saveLlvmIr, objectOptions.saveAssembly};
  if (!plan.toPackage && !request.output.empty()) {
    auto buffer = llvm::MemoryBuffer::getFile(objectPath);
    if (!buffer)
      return fail(CompileStatus::OurFault, "cannot read " + objectPath);
    CompileStatus status = keepForLater({"model.o", (*buffer)->getBuffer().str()}, stageReport);
    if (status != CompileStatus::Done)
      return status;
  }
  stageReport.seconds = secondsSince(start);
  report.stages.push_back(stageReport);
  return CompileStatus::Done;
}

CompileStatus Compilation::link() {
  auto start = std::chrono::steady_clock::now();
  if (started)
    started("package");
  runTestFault("package");
  std::string library = scratch.file("libmodel.so");
  if (llvm::Error error = linkShared(objects, library, plan.options.target))
    return buildFailed(std::move(error));
  if (request.observer)
    request.observer->linked(library);
  if (request.output.empty())
    return CompileStatus::Done;
  SmallVector<ModuleOp> modules;
  for (ImportedArchive::Program &program : programs)
    modules.push_back(*program.module);
  if (llvm::Error error =
          writePackage(modules, *weights, plan.options.target, library, request.output))
    return fail(CompileStatus::OurFault, std::move(error));
  StageReport &stageReport = report.stages.back();
  for (StringRef name : {"manifest.json", "libmodel.so", "params.bin", "model.h"})
    stageReport.files.push_back(request.output + "/" + name.str());
  stageReport.seconds += secondsSince(start);
  return CompileStatus::Done;
}

CompileStatus Compilation::runProgram() {
  CompileStatus status = CompileStatus::Done;
  if (request.from.empty()) // read already; what is left is how its dump is written
    status = runStage(0);
  for (int i = plan.first;
       status == CompileStatus::Done && i <= plan.last && i < int(stages().size()); ++i)
    status = runStage(i);
  if (status == CompileStatus::Done && plan.last == int(stages().size()))
    status = object();
  return status;
}

CompileStatus Compilation::run() {
  auto start = std::chrono::steady_clock::now();
  CompileStatus status = planCompilation(request, plan, errors);
  if (status == CompileStatus::Done)
    if (llvm::Error error = scratch.make())
      status = fail(CompileStatus::BadInput, std::move(error));
  if (status == CompileStatus::Done && !plan.toPackage && !request.output.empty())
    if (llvm::Error error = staged.open(request.output))
      status = fail(CompileStatus::BadInput, std::move(error));
  if (status == CompileStatus::Done)
    status = load();
  Operation *previous = nullptr;
  for (ImportedArchive::Program &program : programs) {
    if (status != CompileStatus::Done)
      break;
    module = std::move(program.module);
    entry = program.entry;
    subfolder = programs.size() > 1 ? entry : "";
    // Parameters lie where the programs before have them.
    for (StringRef name : {"buddy.params", "buddy.params_bytes"})
      if (Attribute known = previous ? previous->getAttr(name) : Attribute())
        (*module)->setAttr(name, known);
    status = runProgram();
    program.module = std::move(module);
    previous = *program.module;
  }
  if (status == CompileStatus::Done && !request.reproduce.stage.empty())
    return fail(CompileStatus::OurFault,
                "stage " + request.reproduce.stage + " did not begin again: nothing was written");
  if (status == CompileStatus::Done && plan.toPackage &&
      (!request.output.empty() || request.observer))
    status = link();
  if (status == CompileStatus::Done && !plan.toPackage && !request.output.empty())
    if (llvm::Error error = staged.commit())
      status = fail(CompileStatus::BadInput, std::move(error));
  report.seconds = secondsSince(start);
  return status;
}

CompileStatus buddy::compile(const CompileRequest &request, CompileReport &report,
                             llvm::raw_ostream &errors, std::function<void(StringRef)> started) {
  return Compilation(request, report, errors, std::move(started)).run();
}
