// Profiled and plain runs in turn, so that both see the same machine.
#include "Measure.h"
#include "Median.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

namespace buddy {

constexpr size_t leastRuns = 10, mostRuns = 100000, tracedRuns = 10;

static int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

namespace {
// A kernel's times, one for each run.
struct Samples {
  std::vector<double> ms;
  std::map<int32_t, std::vector<double>> busyMs; // of each thread
  size_t calls = 0;
};

struct Run {
  int64_t begin, end;
  std::vector<BuddyKernelTime> times;
};
} // namespace

static double milliseconds(int64_t begin, int64_t end) { return double(end - begin) / 1e6; }

static Run runOnce(LoadedModel &model, Step &step) {
  Run run{now(), 0, {}};
  model.run(step.inputs, step.entry);
  run.end = now();
  return run;
}

// A run with times, all of them.
static Run runProfiled(LoadedModel &model, Step &step) {
  model.profile(true);
  while (true) {
    Run run = runOnce(model, step);
    LoadedModel::Times times = model.kernelTimes();
    if (times.lost)
      continue;
    run.times = std::move(times.kernels);
    model.profile(false);
    return run;
  }
}

static void addRun(const Run &run, std::vector<Samples> &kernels, std::vector<double> &outside) {
  std::vector<double> ms(kernels.size());
  std::vector<std::map<int32_t, double>> busy(kernels.size());
  std::vector<size_t> calls(kernels.size());
  double inside = 0;
  for (const BuddyKernelTime &time : run.times) {
    double length = milliseconds(time.begin_ns, time.end_ns);
    if (time.thread >= 0) {
      busy[time.kernel][time.thread] += length;
      continue;
    }
    ms[time.kernel] += length;
    inside += length;
    ++calls[time.kernel];
  }
  for (size_t i = 0; i < kernels.size(); ++i) {
    kernels[i].ms.push_back(ms[i]);
    kernels[i].calls = calls[i];
    for (auto [thread, length] : busy[i])
      kernels[i].busyMs[thread].push_back(length);
  }
  outside.push_back(milliseconds(run.begin, run.end) - inside);
}

static KernelProfile summarize(const runtime::KernelSpec &spec, const Samples &samples,
                               const std::vector<int64_t> &symbols) {
  KernelProfile kernel;
  kernel.name = spec.name;
  kernel.kind = spec.kind;
  kernel.location = spec.location;
  kernel.calls = samples.calls;
  kernel.ms = median(samples.ms);
  auto flops = spec.flops ? spec.flops->evaluate(symbols.data()) : std::nullopt;
  kernel.flops = flops && *flops > 0 ? double(*flops) * double(samples.calls) : 0;
  kernel.bytes = spec.bytes ? double(*spec.bytes) * double(samples.calls) : 0;
  for (const auto &[thread, times] : samples.busyMs)
    kernel.busyMs.push_back(median(times));
  kernel.parallel = kernel.busyMs.size() > 1;
  return kernel;
}

Profile measureProfile(LoadedModel &model, Step &step, const runtime::EntrySpec &spec,
                       double seconds) {
  std::vector<Samples> kernels(spec.kernels.size());
  std::vector<double> outside, profiled, plain;
  std::vector<Run> last;
  std::vector<uint32_t> order; // of first calls
  runProfiled(model, step);    // room for the times is made here
  for (double total = 0;
       (total < seconds * 1000 || profiled.size() < leastRuns) && profiled.size() < mostRuns;) {
    Run bare = runOnce(model, step);
    plain.push_back(milliseconds(bare.begin, bare.end));
    Run run = runProfiled(model, step);
    profiled.push_back(milliseconds(run.begin, run.end));
    total += plain.back() + profiled.back();
    addRun(run, kernels, outside);
    if (last.size() == tracedRuns)
      last.erase(last.begin());
    last.push_back(std::move(run));
  }

  Profile result;
  result.runs = profiled.size();
  result.runMs = median(profiled);
  result.plainMs = median(plain);
  result.outsideMs = median(outside);
  for (double &ms : plain)
    ms = std::abs(ms - result.plainMs);
  result.plainMadMs = median(plain);
  std::vector<int64_t> symbols = model.symbolValues(step.inputs, step.entry);
  for (const BuddyKernelTime &time : last.back().times)
    if (std::find(order.begin(), order.end(), time.kernel) == order.end())
      order.push_back(time.kernel);
  for (uint32_t kernel : order)
    result.kernels.push_back(summarize(spec.kernels[kernel], kernels[kernel], symbols));
  for (const Run &run : last) {
    result.traceRuns.emplace_back(run.begin, run.end);
    result.trace.insert(result.trace.end(), run.times.begin(), run.times.end());
  }
  return result;
}

} // namespace buddy
