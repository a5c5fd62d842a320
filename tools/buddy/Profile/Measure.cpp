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
struct Run {
  int64_t begin, end;
  std::vector<BuddyKernelTime> times;
};

// A run summed up by kernel.
struct Sums {
  double ms = 0, outsideMs = 0;
  std::vector<double> kernelMs;
  std::vector<size_t> calls;
  std::vector<std::map<int32_t, double>> busyMs; // of each thread
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

static Sums sumUp(const Run &run, size_t numKernels) {
  Sums sums{milliseconds(run.begin, run.end), 0, std::vector<double>(numKernels),
            std::vector<size_t>(numKernels), std::vector<std::map<int32_t, double>>(numKernels)};
  sums.outsideMs = sums.ms;
  for (const BuddyKernelTime &time : run.times) {
    double length = milliseconds(time.begin_ns, time.end_ns);
    if (time.thread >= 0) {
      sums.busyMs[time.kernel][time.thread] += length;
      continue;
    }
    sums.kernelMs[time.kernel] += length;
    sums.outsideMs -= length;
    ++sums.calls[time.kernel];
  }
  return sums;
}

// The runs that were disturbed least: others' work on the machine only ever adds time, and in the
// rest of them to some kernel or other.
static std::vector<Sums> fasterHalf(std::vector<Sums> runs) {
  std::sort(runs.begin(), runs.end(), [](const Sums &a, const Sums &b) { return a.ms < b.ms; });
  runs.resize((runs.size() + 1) / 2);
  return runs;
}

template <typename Get> static double medianOf(const std::vector<Sums> &runs, Get get) {
  std::vector<double> values;
  for (const Sums &run : runs)
    values.push_back(get(run));
  return median(values);
}

static KernelProfile summarize(const runtime::KernelSpec &spec, size_t number,
                               const std::vector<Sums> &runs, const std::vector<int64_t> &symbols) {
  KernelProfile kernel;
  kernel.name = spec.name;
  kernel.kind = spec.kind;
  kernel.location = spec.location;
  kernel.calls = runs.front().calls[number];
  kernel.ms = medianOf(runs, [&](const Sums &run) { return run.kernelMs[number]; });
  auto flops = spec.flops ? spec.flops->evaluate(symbols.data()) : std::nullopt;
  kernel.flops = flops && *flops > 0 ? double(*flops) * double(kernel.calls) : 0;
  kernel.bytes = spec.bytes ? double(*spec.bytes) * double(kernel.calls) : 0;
  for (const auto &[thread, ms] : runs.front().busyMs[number])
    kernel.busyMs.push_back(medianOf(runs, [&, at = thread](const Sums &run) {
      auto found = run.busyMs[number].find(at);
      return found == run.busyMs[number].end() ? 0 : found->second;
    }));
  kernel.parallel = kernel.busyMs.size() > 1;
  return kernel;
}

Profile measureProfile(LoadedModel &model, Step &step, const runtime::EntrySpec &spec,
                       double seconds) {
  std::vector<Sums> profiled, plain;
  std::vector<Run> last;
  runProfiled(model, step); // room for the times is made here
  for (double total = 0;
       (total < seconds * 1000 || profiled.size() < leastRuns) && profiled.size() < mostRuns;) {
    plain.push_back(sumUp(runOnce(model, step), 0));
    Run run = runProfiled(model, step);
    profiled.push_back(sumUp(run, spec.kernels.size()));
    total += plain.back().ms + profiled.back().ms;
    if (last.size() == tracedRuns)
      last.erase(last.begin());
    last.push_back(std::move(run));
  }

  Profile result;
  result.runs = profiled.size();
  profiled = fasterHalf(std::move(profiled));
  plain = fasterHalf(std::move(plain));
  result.runMs = medianOf(profiled, [](const Sums &run) { return run.ms; });
  result.plainMs = medianOf(plain, [](const Sums &run) { return run.ms; });
  result.plainMadMs =
      medianOf(plain, [&](const Sums &run) { return std::abs(run.ms - result.plainMs); });
  result.outsideMs = medianOf(profiled, [](const Sums &run) { return run.outsideMs; });
  std::vector<int64_t> symbols = model.symbolValues(step.inputs, step.entry);
  std::vector<uint32_t> order; // of first calls
  for (const BuddyKernelTime &time : last.back().times)
    if (std::find(order.begin(), order.end(), time.kernel) == order.end())
      order.push_back(time.kernel);
  for (uint32_t kernel : order)
    result.kernels.push_back(summarize(spec.kernels[kernel], kernel, profiled, symbols));
  for (const Run &run : last) {
    result.traceRuns.emplace_back(run.begin, run.end);
    result.trace.insert(result.trace.end(), run.times.begin(), run.times.end());
  }
  return result;
}

} // namespace buddy
