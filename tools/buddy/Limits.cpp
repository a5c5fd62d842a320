// buddy limits: what this machine can do at best, measured now: the denominators of a benchmark.
#include "Commands.h"
#include "Console.h"
#include "MachineLimits.h"
#include "MachineMemory.h"
#include "Progress.h"
#include "buddy/Target/Target.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstdio>
#include <memory>

namespace json = llvm::json;

namespace buddy {

namespace {
struct LimitsOptions {
  int threads = 0;
  int64_t bytes = bytesBeyondCaches;
  double seconds = 0.3;
  bool json = false;
};
} // namespace

static int limits(const LimitsOptions &options) {
  // The kernel promises more than there is, and ends the program that asks for it.
  runtime::MachineMemory memory = runtime::readMachineMemory();
  int64_t available = std::min(memory.availableBytes, memory.groupLimit.value_or(INT64_MAX));
  if (available && options.bytes > available)
    return error("--bytes is " + std::to_string(options.bytes) + ", and " +
                     std::to_string(available) + " bytes of memory are available",
                 BadInput);
  int threads = options.threads ? options.threads : availableProcessors();
  Progress progress(Progress::Redraw::AtSteps); // a thread beside would be measured too
  progress.step("measuring multiply-adds");
  FmaRate fma = measureFmaRate(threads, options.seconds);
  progress.step("measuring memory");
  ReadRate read = measureReadBandwidth(threads, options.bytes, options.seconds);
  progress.done();
  if (options.json) {
    json::OStream out(llvm::outs(), 2);
    out.object([&] {
      out.attribute("cpu", hostCpuName());
      out.attribute("threads", threads);
      out.attribute("fma_gflops", fma.gflops > 0 ? json::Value(fma.gflops) : json::Value(nullptr));
      out.attribute("fma_instructions", fma.instructions);
      out.attribute("read_bytes", options.bytes);
      out.attribute("read_gb_per_s", read.gbPerSecond);
      out.attribute("read_in_huge_pages", read.inHugePages);
    });
    llvm::outs() << "\n";
    llvm::outs().flush();
    return Done;
  }
  std::printf("CPU           %s, %d thread%s\n", hostCpuName().c_str(), threads,
              threads == 1 ? "" : "s");
  if (fma.gflops > 0)
    std::printf("FMA, f32      %.1f GFLOP/s, %s\n", fma.gflops, fma.instructions.c_str());
  else
    std::printf("FMA, f32      unknown for this CPU\n");
  std::printf("read          %.1f GB/s over %.1f MB again and again, in %s pages\n",
              read.gbPerSecond, static_cast<double>(options.bytes) / 1e6,
              read.inHugePages ? "huge" : "small");
  return Done;
}

void addLimitsCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<LimitsOptions>();
  CLI::App *command = app.add_subcommand(
      "limits", "Measure this machine: its rate of f32 FMA, and of reading memory");
  addThreadsOption(*command, options->threads);
  command
      ->add_option("--bytes", options->bytes,
                   "How much to read again and again; what a cache holds is read from there")
      ->check(CLI::Range(int64_t(4096), int64_t(1) << 36))
      ->type_name("N")
      ->capture_default_str();
  addSecondsOption(*command, "--seconds", options->seconds, "How long to measure each of the two");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example:\n  buddy limits --threads 1 --bytes 22000000");
  command->callback([options, &status] { status = limits(*options); });
}

} // namespace buddy
