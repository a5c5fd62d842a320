// buddy compile: an exported archive to a package, or to any stage on the way.
#include "Compile.h"
#include "Commands.h"
#include "buddy/Pipelines/Compiler.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

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

void addCompileCommand(CLI::App &app, int &status) {
  auto request = std::make_shared<CompileRequest>();
  auto asJson = std::make_shared<bool>(false);
  CLI::App *command = app.add_subcommand(
      "compile", "Compile a torch.export archive (.pt2) to a package, or to any stage on the way");
  command->add_option("archive", request->archive, "The archive that torch.export.save wrote");
  command->add_option("-o,--output", request->output,
                      "The package folder; with --until or --from, a folder for that part's files");
  command
      ->add_option("--target", request->target,
                   "CPU to compile for: native, x86-64-v3, x86-64-v4, aarch64 (object only), each "
                   "also with +feature")
      ->capture_default_str();
  command->add_option("--until", request->until, "The last stage to run (see below)");
  command
      ->add_option(
          "--from", request->from,
          "Dumps of a stage to go on from, instead of an archive: forward.mlir,subgraph0.mlir")
      ->delimiter(',');
  command->add_option("--at", request->at, "With --from: the first stage to run");
  command->add_option("--save-stages", request->saveStages,
                      "A folder that receives one readable file a stage");
  command->add_option("--schedule", request->schedule,
                      "A file of schedules that override the chosen ones, as buddy inspect "
                      "--schedule and buddy tune write it");
  command->add_flag("--observe", request->observe,
                    "Also return the value of every operation that is left after fusion: outputs "
                    "value.NAME, which buddy verify compares with a reference made with "
                    "values=True");
  command->add_flag("--json", *asJson, "Print stages, times and files as JSON");
  command->footer("Stages: graph fused tosa | tosa-to-linalg arith-expansion tensor-optimization "
                  "bufferization\nmatmul-optimization affine-loops parallelization "
                  "vector-optimization | vector-to-llvm\nmemref-expansion arith-to-llvm cf-to-llvm "
                  "func-to-llvm reconcile-casts | object\n\n"
                  "Examples:\n"
                  "  buddy compile layer.pt2 -o layer.buddy\n"
                  "  buddy compile layer.pt2 -o layer.buddy --save-stages=stages\n"
                  "  buddy compile layer.pt2 --until=tosa -o out\n"
                  "  buddy compile --from=out/forward.mlir,out/subgraph0.mlir --at=tosa-to-linalg "
                  "--until=vector-optimization -o out\n");
  command->callback([request, asJson, &status] {
    if (request->archive.empty() == request->from.empty()) {
      llvm::errs() << "buddy: error: give either an archive or --from\n";
      status = WrongUsage;
      return;
    }
    bool isTerminal = llvm::sys::Process::StandardErrIsDisplayed() && !*asJson;
    CompileReport report;
    auto progress = [&](llvm::StringRef stage) {
      if (isTerminal)
        llvm::errs() << "\r\033[K  " << stage << " ...";
    };
    CompileStatus result = compile(*request, report, llvm::errs(), progress);
    if (isTerminal)
      llvm::errs() << "\r\033[K";
    status = int(result);
    if (result == CompileStatus::Done && *asJson)
      printJson(*request, report);
    else if (result == CompileStatus::Done && isTerminal)
      llvm::errs() << llvm::formatv("{0} in {1:F2} s\n", request->output, report.seconds);
  });
}

} // namespace buddy
