// buddy report: one HTML page that joins source, stages, times and errors of a package.
#include "../CommandLine.h"
#include "../Commands.h"
#include "../Console.h"
#include "../Progress.h"
#include "../ScheduleText.h"
#include "../WriteOutput.h"
#include "CpuFeatures.h"
#include "Data.h"
#include "Failure.h"
#include "Page.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "buddy/Package/TemporaryFolder.h"
#include "buddy/Target/Target.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <memory>

namespace json = llvm::json;

namespace buddy {

namespace {
struct ReportOptions {
  MeasureRequest measure;
  std::string archive, output, sourceRoot, entry, data;
  bool measured = true, json = false;
};
} // namespace

constexpr int64_t dataFormat = 1;
constexpr uint64_t longestData = uint64_t(1) << 30;

// The data of a page from a file, as it is, if it is data of a page.
static std::string readData(const std::string &path) {
  auto file = readInputText(path, longestData);
  if (!file)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "cannot read '", path,
                  "': ", llvm::toString(file.takeError()));
  llvm::StringRef text = (*file)->getBuffer();
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "'", path,
                  "' is not JSON: ", llvm::toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  if (!object || object->getInteger("format") != dataFormat)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "'", path,
                  "' is not data of a report: it is no object with \"format\": ", dataFormat);
  return text.str();
}

// What was compiled, or the exit status.
static int compileTo(const CompileRequest &request) {
  CompileReport report;
  return int(compile(request, report, console()));
}

// The archive beside the package: layer.pt2 of layer.buddy.
static std::string archiveOf(const ReportOptions &options) {
  if (!options.archive.empty())
    return options.archive;
  llvm::StringRef package = llvm::StringRef(options.measure.package).rtrim('/');
  llvm::SmallString<128> path(package);
  llvm::sys::path::replace_extension(path, "pt2");
  if (!llvm::sys::fs::exists(path))
    runtime::fail(BUDDY_INVALID_ARGUMENT, package.str(),
                  ": a package does not hold its IR, so the page is made from the archive that it "
                  "was compiled from; there is no ",
                  path.str().str(), ": name it with --archive");
  return path.str().str();
}

static bool runsHere(const runtime::Manifest &manifest) {
  return llvm::StringRef(manifest.triple).starts_with(std::string(runtime::hostArchitecture())) &&
         runtime::missingCpuFeatures(manifest.features).empty();
}

static size_t entryOf(const ReportOptions &options, const runtime::Manifest &manifest) {
  std::string names;
  for (size_t i = 0; i < manifest.entries.size(); ++i) {
    if (options.entry.empty() || manifest.entries[i].name == options.entry)
      return i;
    names += (i ? ", " : "") + manifest.entries[i].name;
  }
  runtime::fail(BUDDY_INVALID_ARGUMENT, "the package has no entry '", options.entry, "', it has ",
                names);
}

// What --target may have been: the manifest has the name of a level, and `native` is one with this
// machine's own tuning.
static std::vector<std::string> targetsOf(const runtime::Manifest &manifest) {
  std::vector<std::string> targets;
  llvm::Expected<Target> native = getTarget("native");
  if (!native)
    llvm::consumeError(native.takeError());
  else if (native->name == manifest.targetName)
    targets.push_back("native");
  targets.push_back(manifest.targetName);
  return targets;
}

// Compiles the archive as the package was, and checks that it is the package's: the same input
// gives the same bytes. Returns the target that it was compiled for in `target`.
static int recordPackage(const ReportOptions &options, const runtime::Manifest &manifest,
                         const std::string &archive, size_t entry, const TemporaryFolder &scratch,
                         std::unique_ptr<Recording> &recording, std::string &target) {
  CompileRequest request;
  request.archive = archive;
  if (manifest.entries.size() == 1 && !manifest.entries[0].schedules.empty()) {
    request.schedule = scratch.file("schedule.json");
    writeOutput(request.schedule, scheduleFileText(manifest.entries[0].schedules));
  }
  for (const std::string &name : targetsOf(manifest)) {
    request.target = target = name;
    recording = std::make_unique<Recording>(options.sourceRoot);
    CompileStatus status = record(request, manifest.entries[entry].name, console(), *recording);
    if (status != CompileStatus::Done) {
      console() << "buddy: error: " << archive << " does not compile as " << options.measure.package
                << " was compiled\n";
      return int(status);
    }
    if (recording->libraryCrc != manifest.library.crc32)
      continue;
    if (!recording->listingProblem.empty())
      console() << "buddy: warning: LLVM IR and assembly are not shown: "
                << recording->listingProblem << "\n";
    return Done;
  }
  runtime::fail(BUDDY_INVALID_ARGUMENT, options.measure.package, ": was not made from ", archive,
                " by this compiler on this machine (another libmodel.so comes out): name its "
                "archive with --archive, or compile it again (without --observe)");
}

static int reportPackage(ReportOptions &options) {
  TemporaryFolder scratch; // for what is compiled on the way
  if (llvm::Error problem = scratch.make())
    runtime::fail(BUDDY_INVALID_ARGUMENT, llvm::toString(std::move(problem)));
  Progress progress(Progress::Redraw::AtSteps); // a thread beside would be measured too
  MeasureRequest &measure = options.measure;
  std::string shown = measure.package;
  if (llvm::sys::fs::is_regular_file(measure.package)) {
    if (!options.archive.empty())
      return error("--archive goes with a package, and '" + measure.package + "' is a file",
                   WrongUsage);
    options.archive = measure.package;
    CompileRequest request;
    request.archive = measure.package;
    request.output = measure.package =
        scratch.file(llvm::sys::path::stem(options.archive).str() + ".buddy");
    progress.step("compiling");
    if (int status = compileTo(request))
      return status;
  }
  runtime::Manifest manifest = runtime::readManifest(measure.package);
  std::string archive = archiveOf(options);
  measure.entry = entryOf(options, manifest);

  progress.step("compiling, to see each stage");
  std::unique_ptr<Recording> recording;
  std::string target;
  if (int status =
          recordPackage(options, manifest, archive, measure.entry, scratch, recording, target))
    return status;
  std::string name = llvm::sys::path::filename(llvm::StringRef(shown).rtrim('/')).str();
  ReportFacts facts{name, manifest, measure.entry, *recording, {}, {}};
  if (options.measured && !runsHere(manifest)) {
    console() << "buddy: warning: this CPU cannot run a package for " << manifest.targetName
              << ": the page is made without times and errors\n";
    options.measured = false;
  }
  if (options.measured) {
    progress.step("measuring times");
    facts.measured = measureForReport(measure);
    if (!measure.reference.empty() && hasValues(measure.reference)) {
      progress.step("measuring errors");
      CompileRequest observed;
      observed.archive = archive;
      observed.target = target;
      observed.output = scratch.file("observed.buddy");
      observed.observe = true;
      if (int status = compileTo(observed))
        return status;
      facts.errors =
          measureErrors(observed.output, measure.reference, measure.entry, facts.measured->threads);
    }
  }
  progress.done();
  std::string text = reportData(facts);
  if (options.json)
    llvm::outs() << text << "\n";
  if (!options.output.empty())
    writeOutput(options.output, reportPage(text));
  return Done;
}

static int report(ReportOptions &options) {
  if (options.data.empty() && options.measure.package.empty())
    return error("give a package, or the archive of a program", WrongUsage);
  if (options.output.empty() && !options.json)
    return error("nothing to write: give -o, or --json", WrongUsage);
  if (options.data.empty())
    return reportPackage(options);
  writeOutput(options.output, reportPage(readData(options.data)));
  return Done;
}

void addReportCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<ReportOptions>();
  MeasureRequest &measure = options->measure;
  CLI::App *command = app.add_subcommand(
      "report", "Write one HTML page: source, IR of every stage, times, errors, memory, roofline");
  CLI::Option *package =
      command
          ->add_option("package", measure.package,
                       "A package, or an archive, which is compiled for this machine")
          ->type_name(value::model);
  CLI::Option *output =
      command->add_option("-o,--output", options->output, "The page")->type_name(value::file);
  command
      ->add_option("--archive", options->archive,
                   "What the package was compiled from; default: the file beside it with the "
                   "ending .pt2")
      ->type_name(value::archive);
  CLI::Option *reference = command->add_option(
      "--reference", measure.reference,
      "Reference file: verify, measure on its inputs, and show the error of each operation if the "
      "file has their values (write_reference(..., values=True)). Without it inputs are random");
  reference->type_name(value::file);
  addSizeOption(*command, reference, measure.sizes);
  command
      ->add_option("--entry", options->entry,
                   "The entry to show, if the package has several; default: the first")
      ->type_name("NAME");
  addThreadsOption(*command, measure.threads);
  addSecondsOption(*command, "--seconds", measure.seconds, "How long to measure times");
  command->add_flag("--measure,!--no-measure", options->measured,
                    "Run the package, or only show what it was compiled to");
  command
      ->add_option("--source-root", options->sourceRoot,
                   "A folder to look for Python files in that are not where they were when the "
                   "model was exported")
      ->type_name(value::folder);
  // For tests of the page, and for who makes such data in another way. Hidden: an empty group.
  CLI::Option *data =
      command->add_option("--from-data", options->data, "The data of the page, JSON")->group("");
  package->excludes(data);
  data->excludes(package);
  data->needs(output);
  command->add_flag("--json", options->json, "Print the data of the page as JSON: docs/report.md");
  command->footer("Examples:\n"
                  "  buddy report layer.buddy -o report.html --reference ref.safetensors\n"
                  "  buddy report dynamic.buddy -o report.html --size s64=40\n"
                  "  buddy report layer.pt2 -o report.html --no-measure");
  command->callback([options, &status] { status = report(*options); });
}

} // namespace buddy
