// buddy verify: a package against eager PyTorch.
#include "CommandLine.h"
#include "Commands.h"
#include "Console.h"
#include "Failure.h"
#include "Progress.h"
#include "Reference.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstdio>

namespace json = llvm::json;

namespace buddy {

namespace {
struct VerifyOptions {
  std::string package, reference;
  int threads = 0;
  bool json = false;
};
} // namespace

static void printJson(const std::vector<OutputReport> &reports) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("verified", allPassed(reports));
    out.attributeArray("outputs", [&] {
      for (const OutputReport &report : reports)
        out.object([&] {
          out.attribute("name", report.name);
          out.attribute("type", report.type);
          out.attribute("passed", report.passed());
          out.attribute("reason", report.reason);
          out.attribute("mismatches", report.mismatches);
          out.attribute("undetermined", report.undetermined);
          if (report.exact)
            return;
          out.attribute("rms", report.rms);
          out.attribute("eager_rms", report.eagerRms);
          out.attribute("rms_limit", report.rmsLimit);
          out.attribute("largest", report.largest);
          out.attribute("eager_largest", report.eagerLargest);
          out.attribute("largest_limit", report.largestLimit);
        });
    });
  });
  llvm::outs() << "\n";
  llvm::outs().flush();
}

static int verify(const VerifyOptions &options) {
  Progress progress(Progress::Redraw::AtSteps);
  progress.step("checking the package");
  LoadedModel model(options.package, options.threads, /*alwaysCheckParams=*/true);
  Reference reference(options.reference, model);
  std::vector<OutputReport> reports;
  size_t steps = reference.steps.size();
  for (size_t step = 0; step < steps; ++step) {
    progress.step(steps == 1 ? "running and comparing"
                             : runtime::concat("step ", step + 1, " of ", steps));
    reference.run(model, step);
    llvm::append_range(reports, reference.compare(model, step));
  }
  progress.done();
  bool passed = allPassed(reports);
  if (options.json) {
    printJson(reports);
  } else {
    printReports(reports);
    std::printf("%s: %s\n", options.package.c_str(), passed ? "verified" : "NOT VERIFIED");
  }
  return passed ? Done : NotVerified;
}

void addVerifyCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App *command = app.add_subcommand(
      "verify", "Check a package's files and compare its results with PyTorch's");
  command->add_option("package", options->package, "The package (a folder)")
      ->type_name(value::package)
      ->required();
  command
      ->add_option(
          "--reference", options->reference,
          "safetensors file with input.NAME, expected_f32.outputN, expected_f64.outputN and "
          "perhaps noise.outputN; the exporter writes it. Of several steps (step0.input.NAME, ...) "
          "each may have "
          "its own sizes, where the package leaves them open")
      ->type_name(value::file)
      ->required();
  addThreadsOption(*command, options->threads);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(R"(An output passes if its RMS error against f64 is at most twice, and its largest
error at most four times (plus one ulp of the largest value) that of eager
PyTorch in f32, and it is finite wherever eager is. Where the file says how much
rounding may make (noise.outputN, of small programs), an error may be as large
as that by chance where eager is nearer, and what needs no rounding must be
exact.
Integers must be equal. docs/numbers.md derives the limits. Exit status 3 if an
output fails.

Example:
  buddy verify layer.buddy --reference ref.safetensors)");
  command->callback([options, &status] { status = verify(*options); });
}

} // namespace buddy
