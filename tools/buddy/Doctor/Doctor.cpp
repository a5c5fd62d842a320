// buddy doctor: whether all that buddy needs is there, what this machine can do, and what to do
// about what is wrong.
#include "Commands.h"
#include "Facts.h"
#include "MachineLimits.h"
#include "Progress.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace buddy {

namespace {
struct DoctorOptions {
  bool json = false, noLimits = false;
};
} // namespace

static int examine(const DoctorOptions &options) {
  Progress progress(Progress::Redraw::AtSteps);
  doctor::Facts facts;
  progress.step("looking for programs");
  facts.programs = doctor::readPrograms();
  facts.cpu = doctor::readCpu();
  facts.threads = doctor::readThreads();
  facts.memory = doctor::readMemory();
  facts.temporary = doctor::readTemporary();
  if (!options.noLimits) {
    constexpr double seconds = 0.3;
    progress.step("measuring multiply-adds and memory");
    int threads = facts.threads.usable;
    FmaRate fma = measureFmaRate(threads, seconds);
    ReadRate read = measureReadBandwidth(threads, bytesBeyondCaches, seconds);
    facts.limits = {threads, fma.gflops, fma.instructions, read.gbPerSecond};
  }
  std::vector<doctor::Finding> findings = doctor::judge(facts);
  progress.done();
  if (options.json)
    doctor::printJson(facts, findings);
  else
    doctor::printText(facts, findings);
  bool ok = llvm::none_of(findings, [](const doctor::Finding &one) { return one.isProblem; });
  return ok ? Done : BadInput;
}

void addDoctorCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App *command = app.add_subcommand(
      "doctor", "Check that all buddy needs is there, and show what this machine can do");
  command->add_flag("--no-limits", options->noLimits,
                    "Do not measure multiply-adds and memory (buddy limits measures them alone)");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Exit status 0 if all that is needed is there, else 1. Advice does not change "
                  "it.");
  command->callback([options, &status] { status = examine(*options); });
}

} // namespace buddy
