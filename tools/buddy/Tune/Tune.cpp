// buddy tune: schedules that are faster on this machine, as a file for buddy compile --schedule.
#include "Child.h"
#include "CommandLine.h"
#include "Commands.h"
#include "Console.h"
#include "Progress.h"
#include "Search.h"
#include "buddy/Target/Target.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <filesystem>

namespace fs = std::filesystem;
namespace json = llvm::json;

namespace buddy {

using tune::Trial;
using tune::TuneReport;
using tune::TuneRequest;

namespace {
struct TuneOptions {
  TuneRequest request;
  bool json = false;
};

// A number of a schedule that is another one now.
struct Change {
  std::string op, coordinate;
  int64_t from, to;
};
} // namespace

static std::vector<Change> changesOf(const TuneReport &report) {
  std::vector<Change> changes;
  for (size_t i = 0; i < report.best.size(); ++i)
    for (size_t j = 0; j < report.best[i].fields.size(); ++j) {
      const auto &before = report.untuned[i].fields[j], &after = report.best[i].fields[j];
      if (before.number != after.number)
        changes.push_back({report.best[i].op, after.name, *before.number, *after.number});
      for (size_t k = 0; k < after.elements.size(); ++k)
        if (before.elements[k].second != after.elements[k].second)
          changes.push_back({report.best[i].op, after.name + "." + after.elements[k].first,
                             before.elements[k].second, after.elements[k].second});
    }
  return changes;
}

static std::string gainText(double ratio) {
  return llvm::formatv("{0:F1} % less time", 100 * (1 - ratio)).str();
}

static void printText(const TuneRequest &request, const TuneReport &report) {
  llvm::raw_ostream &out = llvm::outs();
  std::vector<Change> changes = changesOf(report);
  if (report.interrupted)
    out << "interrupted: the best so far is kept\n";
  out << llvm::formatv("{0} untuned: {1:F4} ms; {2} candidates in {3:F0} s{4}\n", request.archive,
                       report.untunedMs, report.trials.size(), report.seconds,
                       report.complete ? ", all there are" : "");
  if (changes.empty()) {
    out << "nothing faster was found; " << request.output << " holds the schedules as they are\n";
    return;
  }
  out << gainText(report.ratio) << " with\n";
  for (const Change &change : changes)
    out << "  " << change.op << ": " << change.coordinate << " " << change.from << " -> "
        << change.to << "\n";
  out << "compile them in with\n  buddy compile " << request.archive
      << " -o layer.buddy --schedule " << request.output << "\n";
}

static void printJson(const TuneRequest &request, const TuneReport &report) {
  json::OStream out(llvm::outs(), 2);
  auto writeChange = [&](const std::string &op, const std::string &coordinate, int64_t from,
                         int64_t to) {
    out.attribute("op", op);
    out.attribute("coordinate", coordinate);
    out.attribute("from", from);
    out.attribute("to", to);
  };
  out.object([&] {
    out.attribute("archive", request.archive);
    out.attribute("output", request.output);
    out.attribute("cpu", hostCpuName());
    out.attribute("verified_against", request.reference.empty() ? "untuned" : "reference");
    out.attribute("seconds", report.seconds);
    out.attribute("complete", report.complete);
    out.attribute("interrupted", report.interrupted);
    out.attribute("untuned_ms", report.untunedMs);
    out.attribute("ratio", report.ratio);
    out.attributeArray("changes", [&] {
      for (const Change &change : changesOf(report))
        out.object([&] { writeChange(change.op, change.coordinate, change.from, change.to); });
    });
    out.attributeArray("trials", [&] {
      for (const Trial &trial : report.trials)
        out.object([&] {
          writeChange(trial.op, trial.coordinate, trial.from, trial.to);
          out.attribute("outcome", trial.outcome);
          if (trial.times.rounds) {
            out.attribute("ratio", trial.times.ratio);
            out.attribute("noise", trial.times.noise);
            out.attribute("rounds", trial.times.rounds);
          }
          if (!trial.why.empty())
            out.attribute("why", trial.why);
        });
    });
  });
  llvm::outs() << "\n";
}

static int runTune(const TuneOptions &options) {
  const TuneRequest &request = options.request;
  fs::path output(request.output);
  fs::path parent = output.has_parent_path() ? output.parent_path() : fs::path(".");
  // Before minutes of work: whether the result can be put where it is wanted.
  std::string problem;
  if (fs::is_directory(output))
    problem = "'" + request.output + "' is a folder; give the name of a file";
  else if (fs::exists(output) && !fs::is_regular_file(output)) // it is replaced, again and again
    problem = "'" + request.output + "' is no file; give the name of one";
  else if (!fs::is_directory(parent))
    problem = "there is no folder '" + parent.string() + "' to put '" + request.output + "' in";
  if (!problem.empty())
    return error(problem, WrongUsage);
  if (!request.reference.empty() && !fs::exists(request.reference))
    return error("there is no reference file '" + request.reference + "'", BadInput);

  Progress progress(Progress::Redraw::AtSteps); // processes are forked
  auto begin = std::chrono::steady_clock::now();
  auto tell = [&](const TuneReport &report, const std::string &next) {
    std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    progress.step(llvm::formatv("[{0:F0} of {1:F0} s] {2} tried, {3}; {4}", spent.count(),
                                request.seconds, report.trials.size(), gainText(report.ratio), next)
                      .str());
  };
  tune::catchInterrupts();
  TuneReport report;
  tune::Search search(request, tell);
  int status = search.run(report);
  progress.done();
  if (status != Done)
    return status;
  if (options.json)
    printJson(request, report);
  else
    printText(request, report);
  llvm::outs().flush();
  return Done;
}

void addTuneCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<TuneOptions>();
  options->request.output = "schedule.json";
  TuneRequest &request = options->request;
  CLI::App *command = app.add_subcommand(
      "tune", "Search schedules that are faster on this machine; write them to a file");
  command->add_option("archive", request.archive, "The archive that torch.export.save wrote")
      ->type_name(value::archive)
      ->required();
  command
      ->add_option("-o,--output", request.output,
                   "The file of schedules, for buddy compile --schedule")
      ->type_name(value::file)
      ->capture_default_str();
  CLI::Option *reference =
      command->add_option("--reference", request.reference,
                          "Reference file: every candidate must verify against it. Without it, a "
                          "candidate's outputs must be the untuned package's, up to rounding");
  reference->type_name(value::file);
  addSizeOption(*command, reference, request.sizes);
  addThreadsOption(*command, request.threads);
  addSecondsOption(*command, "--time", request.seconds, "Seconds to search", 1e6);
  command->add_option("--target", request.target, "CPU to compile for, as buddy compile takes it")
      ->type_name(value::target)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print all candidates as JSON");
  command->footer(
      R"(One number of one operation's schedule is changed at a time, those with the most
work first. A candidate is compiled and run in processes of its own, verified,
and measured in turns with the best so far, which it replaces only if it is
faster beyond the noise. The file is there, whole, once the untuned package was
measured, and again after each improvement: Ctrl-C keeps the best so far (exit
status 0).

Examples:
  buddy tune layer.pt2 -o schedule.json --reference ref.safetensors --threads 2
  buddy tune dynamic.pt2 -o schedule.json --size s64=40
  buddy compile layer.pt2 -o layer.buddy --schedule schedule.json)");
  command->callback([options, &status] { status = runTune(*options); });
}

} // namespace buddy
