// Checks a request and finds the stages to run.
#include "CompilePlan.h"
#include "StageFiles.h"
#include "buddy/Package/Package.h"

using namespace buddy;

CompileStatus buddy::fail(llvm::raw_ostream &errors, CompileStatus status,
                          const llvm::Twine &text) {
  errors << "buddy: error: " << text << "\n";
  return status;
}

CompileStatus buddy::fail(llvm::raw_ostream &errors, CompileStatus status, llvm::Error error) {
  if (error.isA<PackageError>())
    llvm::handleAllErrors(std::move(error), [&](const PackageError &package) {
      errors << "buddy: error: " << package.text << "\n";
      status = CompileStatus(package.exitStatus());
    });
  else
    fail(errors, status, llvm::toString(std::move(error)));
  return status;
}

static std::string knownStages() {
  std::string names;
  for (const Stage &stage : stages())
    names += stage.name.str() + " ";
  return names + kObjectStage.str();
}

CompileStatus buddy::planCompilation(const CompileRequest &request, CompilePlan &plan,
                                     llvm::raw_ostream &errors) {
  auto wrongUsage = [&](const llvm::Twine &text) {
    return fail(errors, CompileStatus::WrongUsage, text);
  };
  auto &[first, last, toPackage, options] = plan;
  toPackage = request.from.empty() && request.until.empty();
  last = stages().size();
  if (!request.until.empty() && (last = stageIndex(request.until)) < 0)
    return wrongUsage("unknown stage '" + request.until +
                      "' for --until; stages: " + knownStages());
  if (!request.from.empty()) {
    if (request.at.empty())
      return wrongUsage("--from needs --at, the first stage to run on it");
    if ((first = stageIndex(request.at)) < 0)
      return wrongUsage("unknown stage '" + request.at + "' for --at; stages: " + knownStages());
    if (first == 0)
      return wrongUsage("stage graph reads an archive; give it as the input instead of --from");
    if (first > last)
      return wrongUsage("--at=" + request.at + " comes after --until=" + request.until);
  } else if (!request.at.empty()) {
    return wrongUsage("--at goes with --from");
  }
  if (request.output.empty() && request.saveStages.empty() && !request.observer)
    return wrongUsage("nothing to write: give -o, or --save-stages");

  if (request.observe && !request.from.empty())
    return wrongUsage("--observe goes with an archive: dumps do not have the "
                      "names of its values");
  options.observe = request.observe;
  llvm::Expected<Target> target = getTarget(request.target);
  if (!target)
    return fail(errors, CompileStatus::WrongUsage, target.takeError());
  options.target = *target;
  if (!request.schedule.empty()) {
    // They are applied in the stage that chooses them.
    int chosen = stageIndex("tensor-optimization");
    if (first > chosen || last < chosen)
      return wrongUsage(
          "--schedule has no effect: stage tensor-optimization, which applies it, is not "
          "among the stages to run");
    llvm::Expected<ScheduleFile> file = readScheduleFile(request.schedule);
    if (!file)
      return fail(errors, CompileStatus::BadInput, file.takeError());
    options.schedules = std::make_shared<ScheduleFile>(std::move(*file));
  }
  if (toPackage && !request.output.empty())
    if (llvm::Error error = checkPackageOutput(request.output))
      return fail(errors, CompileStatus::BadInput, std::move(error));
  for (const std::string &folder : {toPackage ? std::string() : request.output, request.saveStages})
    if (!folder.empty())
      if (llvm::Error error = checkFolder(folder))
        return fail(errors, CompileStatus::WrongUsage, std::move(error));
  return CompileStatus::Done;
}
