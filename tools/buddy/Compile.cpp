// buddy compile: an exported archive to a package, or to any stage on the way.
#include "Compile.h"
#include "CommandLine.h"
#include "Commands.h"
#include "Console.h"
#include "Crash.h"
#include "Progress.h"
#include "buddy/Pipelines/Compiler.h"
#include "buddy/Pipelines/Pipelines.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <memory>
#include <optional>

namespace buddy {

static void printJson(const CompileRequest &request, const CompileReport &report) {
  llvm::json::OStream json(llvm::outs(), 2);
  json.object([&] {
    json.attributeArray("stages", [&] {
      for (const StageReport &stage : report.stages)
        json.object([&] {
          json.attribute("name", stage.name);
          json.attribute("seconds", stage.seconds);
          json.attributeArray("files", [&] {
            for (const std::string &file : stage.files)
              json.value(file);
          });
        });
    });
    json.attribute("seconds", report.seconds);
    json.attribute("output", request.output);
    json.attribute("target", request.target);
  });
  llvm::outs() << "\n";
}

// What took the time, the longest first: a tenth of the total or more each, and the rest together.
static void printTimes(const CompileRequest &request, const CompileReport &report) {
  std::vector<std::pair<std::string, double>> times;
  double total = report.seconds;
  for (const StageReport &stage : report.stages) {
    auto known = llvm::find_if(times, [&](const auto &one) { return one.first == stage.name; });
    if (known == times.end())
      times.emplace_back(stage.name, stage.seconds);
    else
      known->second += stage.seconds; // of another program
  }
  llvm::sort(times, [](const auto &a, const auto &b) { return a.second > b.second; });
  llvm::raw_ostream &out = console();
  out << llvm::formatv("{0} in {1:F2} s\n",
                       request.output.empty() ? request.saveStages : request.output, total);
  // Where it took no time to speak of there is nothing to look at.
  if (total < 1)
    return;
  auto line = [&](const std::string &name, double seconds) {
    out << llvm::formatv(
        "  {0} {1} s {2} %\n", llvm::fmt_align(name, llvm::AlignStyle::Left, 22),
        llvm::fmt_align(llvm::formatv("{0:F2}", seconds).str(), llvm::AlignStyle::Right, 8),
        llvm::fmt_align(llvm::formatv("{0:F0}", 100 * seconds / total).str(),
                        llvm::AlignStyle::Right, 3));
  };
  double shown = 0;
  size_t count = 0;
  for (; count < times.size() && times[count].second >= total / 10; ++count) {
    line(times[count].first, times[count].second);
    shown += times[count].second;
  }
  if (count < times.size())
    line(std::to_string(times.size() - count) + " other stages", total - shown);
}

static std::string stagesText() {
  std::string text = "Stages, in their order:";
  size_t column = 100;
  auto add = [&](llvm::StringRef name) {
    if (column + 1 + name.size() > 78) {
      text += "\n ";
      column = 1;
    }
    text += " " + name.str();
    column += 1 + name.size();
  };
  for (const Stage &stage : stages())
    add(stage.name);
  add(kObjectStage);
  return text;
}

static int runCompile(CompileRequest &request, const std::string &reproduce, bool asJson,
                      const std::vector<std::string> &arguments) {
  if (request.archive.empty() == request.from.empty())
    return error(request.archive.empty() ? "give an archive (layer.pt2), or dumps with --from"
                                         : "give either an archive or --from",
                 WrongUsage);
  if (!reproduce.empty()) {
    auto [stage, occurrence] = llvm::StringRef(reproduce).split(',');
    request.reproduce.stage = stage.str();
    occurrence.getAsInteger(10, request.reproduce.occurrence);
  }
  std::optional<CrashReports> crashes;
  if (reproduce.empty())
    crashes.emplace(arguments);
  CompileReport report;
  CompileStatus result;
  {
    Progress progress(Progress::Redraw::Alive);
    int last = request.until.empty() ? int(stages().size()) : stageIndex(request.until);
    auto started = [&](llvm::StringRef stage) {
      if (crashes)
        crashes->stage(stage);
      int index = stageIndex(stage);
      progress.step(index < 0 ? "writing the package"
                              : llvm::formatv("[{0}/{1}] {2}", index + 1, last + 1, stage).str());
    };
    result = compile(request, report, console(), started);
  }
  if (result != CompileStatus::Done)
    return int(result);
  if (asJson)
    printJson(request, report);
  else if (hasProgressLine())
    printTimes(request, report);
  return Done;
}

void addCompileCommand(CLI::App &app, int &status) {
  auto request = std::make_shared<CompileRequest>();
  auto asJson = std::make_shared<bool>(false);
  auto reproduce = std::make_shared<std::string>();
  CLI::App *command = app.add_subcommand(
      "compile", "Compile a torch.export archive (.pt2) to a package, or to any stage on the way");
  command->add_option("archive", request->archive, "The archive that torch.export.save wrote")
      ->type_name(value::archive);
  command
      ->add_option("-o,--output", request->output,
                   "The package, a folder; with --until or --from, a folder for the files of that "
                   "stage")
      ->type_name(value::folder);
  command
      ->add_option("--target", request->target,
                   "CPU to compile for: native, x86-64-v3, x86-64-v4, aarch64, each "
                   "also with +feature")
      ->type_name(value::target)
      ->capture_default_str();
  command->add_option("--until", request->until, "The last stage to run (see below)")
      ->type_name(value::stage);
  command
      ->add_option(
          "--from", request->from,
          "Dumps of a stage to go on from, instead of an archive: forward.mlir,subgraph0.mlir")
      ->type_name(value::files)
      ->delimiter(',');
  command->add_option("--at", request->at, "With --from: the first stage to run")
      ->type_name(value::stage);
  command
      ->add_option("--save-stages", request->saveStages,
                   "A folder that receives one readable file a stage")
      ->type_name(value::folder);
  command
      ->add_option("--schedule", request->schedule,
                   "Schedules that override the chosen ones, as buddy inspect --schedule and buddy "
                   "tune write them")
      ->type_name(value::file);
  command->add_flag("--observe", request->observe,
                    "Also return the value of every operation that is left after fusion: outputs "
                    "value.NAME, which buddy verify compares with a reference made with "
                    "values=True");
  command->add_flag("--json", *asJson, "Print stages, times and files as JSON");
  // Not for people: CrashReports gives it to itself.
  command->add_option("--reproduce", *reproduce, "STAGE,TIMES")->group("");
  command->footer(stagesText() + R"(

On a terminal the stage at work is shown, and at the end what took the time; in
a pipe nothing is. If the compiler itself fails or crashes, it leaves a file and
prints the command that repeats the fault.

Examples:
  buddy compile layer.pt2 -o layer.buddy
  buddy compile layer.pt2 -o layer.buddy --save-stages=stages
  buddy compile layer.pt2 --until=tosa -o out
  buddy compile --from=out/forward.mlir,out/subgraph0.mlir --at=tosa-to-linalg \
                --until=vector-optimization -o out)");
  command->callback([request, asJson, reproduce, &status] {
    status = runCompile(*request, *reproduce, *asJson, argumentsOfProcess());
  });
}

} // namespace buddy
