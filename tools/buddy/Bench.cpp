// buddy bench: how fast a package runs, beside what this machine can do in the same minute.
#include "CommandLine.h"
#include "Commands.h"
#include "Console.h"
#include "Failure.h"
#include "MachineLimits.h"
#include "Median.h"
#include "Profile/Measure.h"
#include "Profile/Table.h"
#include "Profile/Trace.h"
#include "Progress.h"
#include "Reference.h"
#include "TensorFiles.h"
#include "WriteOutput.h"
#include "buddy/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

namespace json = llvm::json;

namespace buddy {

namespace {

struct BenchOptions {
  std::string package, reference, entry, trace;
  Sizes sizes;
  int threads = 0;
  double seconds = 2;
  bool json = false, profile = false;
};

struct Measurement {
  double firstMs = 0, medianMs = 0, madMs = 0, bestMs = 0;
  size_t runs = 0;
};

} // namespace

static double timeOnceMs(LoadedModel &model, Step &step) {
  auto begin = std::chrono::steady_clock::now();
  model.run(step.inputs, step.entry);
  std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  return time.count();
}

static Measurement measure(LoadedModel &model, Step &step, double firstMs, double seconds) {
  constexpr size_t leastRuns = 10, mostRuns = 1000000;
  for (double warm = 0; warm < std::min(200.0, seconds * 100);)
    warm += std::max(timeOnceMs(model, step), 0.001);
  std::vector<double> times;
  for (double total = 0;
       (total < seconds * 1000 || times.size() < leastRuns) && times.size() < mostRuns;) {
    times.push_back(timeOnceMs(model, step));
    total += times.back();
  }
  Measurement result;
  result.firstMs = firstMs;
  result.runs = times.size();
  result.medianMs = median(times);
  result.bestMs = *std::min_element(times.begin(), times.end());
  for (double &time : times)
    time = std::abs(time - result.medianMs);
  result.madMs = median(times);
  return result;
}

namespace {
// What there is to say, in both forms.
struct Findings {
  const BenchOptions &options;
  const std::vector<runtime::SymbolSpec> &symbols;
  std::vector<int64_t> sizes; // of the symbols
  int threads;
  bool verified;
  Measurement times;
  int64_t flops;
  FmaRate limit;
  double bandwidth;
  std::optional<Profile> profile;

  double gflops() const { return flops / times.medianMs / 1e6; }
  double percent() const { return limit.gflops > 0 ? 100 * gflops() / limit.gflops : 0; }
};
} // namespace

static void printText(const Findings &found) {
  const char *mark = found.verified ? "" : "  (not verified)";
  const Measurement &times = found.times;
  std::printf("package       %s%s\n", found.options.package.c_str(), mark);
  std::printf("CPU           %s, %d thread%s%s\n", hostCpuName().c_str(), found.threads,
              found.threads == 1 ? "" : "s", mark);
  for (size_t i = 0; i < found.sizes.size(); ++i)
    std::printf("size          %s = %lld%s\n", found.symbols[i].name.c_str(),
                static_cast<long long>(found.sizes[i]), mark);
  std::printf("time          median %.4f ms, MAD %.4f ms, best %.4f ms, %zu runs, caches warm%s\n",
              times.medianMs, times.madMs, times.bestMs, times.runs, mark);
  std::printf("first run     %.4f ms: threads start, memory is touched for the first time%s\n",
              times.firstMs, mark);
  if (found.flops > 0)
    std::printf("rate          %.1f GFLOP/s (%.4f GFLOP a run)%s\n", found.gflops(),
                found.flops / 1e9, mark);
  else
    std::printf("rate          unknown: the package does not say its operations%s\n", mark);
  if (found.limit.gflops > 0)
    std::printf("FMA limit     %.1f GFLOP/s, %s, measured in this run%s\n", found.limit.gflops,
                found.limit.instructions.c_str(), mark);
  else
    std::printf("FMA limit     unknown for this CPU%s\n", mark);
  if (found.flops > 0 && found.limit.gflops > 0)
    std::printf("of the limit  %.1f %%%s%s\n", found.percent(),
                found.percent() > 105 ? ", more than possible: a wrong result or operation count"
                                      : "",
                mark);
  std::printf("memory read   %.1f GB/s, measured in this run%s\n", found.bandwidth, mark);
  if (found.profile)
    printProfile(*found.profile, found.limit.gflops, mark);
}

// null where nothing is known.
static json::Value known(double value) {
  return value > 0 ? json::Value(value) : json::Value(nullptr);
}

static void writeProfile(json::OStream &out, const Findings &found) {
  const Profile &profile = *found.profile;
  out.attribute("runs", static_cast<int64_t>(profile.runs));
  out.attribute("median_ms", profile.runMs);
  out.attribute("plain_median_ms", profile.plainMs);
  out.attribute("overhead_percent", profile.overheadPercent());
  out.attribute("outside_ms", profile.outsideMs);
  out.attributeArray("kernels", [&] {
    for (const KernelProfile &kernel : profile.kernels)
      out.object([&] {
        out.attribute("name", json::fixUTF8(kernel.name));
        out.attribute("kind", kernel.kind);
        out.attribute("location", json::fixUTF8(kernel.location));
        out.attribute("calls", static_cast<int64_t>(kernel.calls));
        out.attribute("ms", kernel.ms);
        out.attribute("percent", profile.runMs > 0 ? 100 * kernel.ms / profile.runMs : 0);
        out.attribute("flops", known(kernel.flops));
        out.attribute("bytes", known(kernel.bytes));
        out.attribute("gflops", known(kernel.gflops()));
        out.attribute("gb_per_s", known(kernel.gbPerSecond()));
        out.attributeArray("thread_ms", [&] {
          for (double ms : kernel.busyMs)
            out.value(ms);
        });
      });
  });
}

static void printJson(const Findings &found) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("package", found.options.package);
    out.attribute("verified", found.verified);
    out.attribute("status", found.verified ? "verified" : "not verified");
    out.attribute("cpu", hostCpuName());
    out.attribute("threads", found.threads);
    out.attributeObject("sizes", [&] {
      for (size_t i = 0; i < found.sizes.size(); ++i)
        out.attribute(found.symbols[i].name, found.sizes[i]);
    });
    out.attribute("caches", "warm");
    out.attribute("runs", static_cast<int64_t>(found.times.runs));
    out.attribute("median_ms", found.times.medianMs);
    out.attribute("mad_ms", found.times.madMs);
    out.attribute("best_ms", found.times.bestMs);
    out.attribute("first_run_ms", found.times.firstMs);
    out.attribute("flops", found.flops);
    out.attribute("gflops", found.flops > 0 ? json::Value(found.gflops()) : json::Value(nullptr));
    bool limitKnown = found.limit.gflops > 0;
    out.attribute("fma_limit_gflops",
                  limitKnown ? json::Value(found.limit.gflops) : json::Value(nullptr));
    out.attribute("fma_instructions", found.limit.instructions);
    out.attribute("percent_of_limit", limitKnown && found.flops > 0 ? json::Value(found.percent())
                                                                    : json::Value(nullptr));
    out.attribute("read_gb_per_s", found.bandwidth);
    if (found.profile)
      out.attributeObject("profile", [&] { writeProfile(out, found); });
  });
  llvm::outs() << "\n";
  llvm::outs().flush();
}

// Also writes the trace, if one is asked for. Throws runtime::Failure.
static Profile profile(const BenchOptions &options, LoadedModel &model, Step &step) {
  runtime::EntrySpec spec = runtime::readManifest(options.package).entries.at(step.entry);
  Profile profile = measureProfile(model, step, spec, options.seconds);
  if (!options.trace.empty())
    writeOutput(options.trace, traceText(profile, spec));
  return profile;
}

static int bench(const BenchOptions &options) {
  if (!options.trace.empty() && !options.profile)
    return error("--trace goes with --profile", WrongUsage);
  int threads = options.threads ? options.threads : availableProcessors();
  Progress progress(Progress::Redraw::AtSteps); // a thread beside would be measured too
  progress.step("loading");
  LoadedModel model(options.package, threads);
  std::optional<Reference> reference;
  Step made;
  if (!options.entry.empty())
    made.entry = model.entry(options.entry);
  if (!options.reference.empty()) {
    reference.emplace(options.reference, model);
  } else {
    std::string problem;
    std::vector<int64_t> sizes = valuesOf(options.sizes, model.symbols(made.entry), problem);
    if (!problem.empty())
      return error(options.package + ": " + problem, WrongUsage);
    made.inputs = makeInputs(model.inputs(made.entry), sizes);
  }
  progress.step(reference ? "verifying" : "running once");
  // Of several steps the last one is measured, with the state that the others leave.
  Step &step = reference ? reference->steps.back() : made;
  std::vector<OutputReport> reports;
  for (size_t step = 0; reference && step + 1 < reference->steps.size(); ++step) {
    reference->run(model, step);
    llvm::append_range(reports, reference->compare(model, step));
  }

  model.prepare(step.inputs, step.entry);
  double firstMs = timeOnceMs(model, step);
  if (reference) {
    llvm::append_range(reports, reference->compare(model, reference->steps.size() - 1));
    if (!allPassed(reports)) {
      std::fflush(stdout);
      for (const OutputReport &report : reports)
        if (!report.passed())
          error(options.package + ": " + report.name + ": " + report.reason, NotVerified);
      return error("the results are wrong, so their time is not measured; see: buddy verify " +
                       options.package + " --reference " + options.reference,
                   NotVerified);
    }
  }
  progress.step("measuring for " + std::to_string(options.seconds).substr(0, 4) + " s");
  // Before and after, for a machine shared with others is not always as fast: the best counts.
  FmaRate before = measureFmaRate(threads, 0.3);
  Measurement times = measure(model, step, firstMs, options.seconds);
  std::optional<Profile> profiled;
  if (options.profile) {
    progress.step("measuring kernels");
    profiled = profile(options, model, step);
  }
  FmaRate after = measureFmaRate(threads, 0.3);
  progress.step("measuring memory");
  double bandwidth = measureReadBandwidth(threads, bytesBeyondCaches, 0).gbPerSecond;
  progress.done();
  Findings found{options,
                 model.symbols(step.entry),
                 model.symbolValues(step.inputs, step.entry),
                 threads,
                 reference.has_value(),
                 times,
                 model.flops(step.inputs, step.entry),
                 before.gflops > after.gflops ? before : after,
                 bandwidth,
                 std::move(profiled)};
  if (options.json)
    printJson(found);
  else
    printText(found);
  return Done;
}

void addBenchCommand(CLI::App &app, int &status) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *command =
      app.add_subcommand("bench", "Measure a package beside this machine's own limit");
  command->add_option("package", options->package, "The package (a folder)")
      ->type_name(value::package)
      ->required();
  CLI::Option *reference = command->add_option(
      "--reference", options->reference,
      "Reference file: verify first, and measure on its inputs (of several steps, the last "
      "one's). Without it every line says 'not verified' and inputs are random with a fixed "
      "seed");
  reference->type_name(value::file);
  addSizeOption(*command, reference, options->sizes);
  command
      ->add_option("--entry", options->entry,
                   "Without a reference: the entry to measure, if the package has several")
      ->type_name("NAME");
  addThreadsOption(*command, options->threads);
  addSecondsOption(*command, "--seconds", options->seconds, "How long to measure");
  command->add_flag("--profile", options->profile,
                    "Also measure each kernel: every other run takes times, for as long again");
  command
      ->add_option("--trace", options->trace,
                   "With --profile: a file for ui.perfetto.dev or chrome://tracing, of the last "
                   "runs")
      ->type_name(value::file);
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Examples:\n  buddy bench layer.buddy --reference ref.safetensors --threads 2\n"
                  "  buddy bench dynamic.buddy --size s64=40\n"
                  "  buddy bench layer.buddy --reference ref.safetensors --profile \\\n"
                  "              --trace trace.json");
  command->callback([options, &status] { status = bench(*options); });
}

} // namespace buddy
