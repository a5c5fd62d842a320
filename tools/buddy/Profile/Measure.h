// The times of a model's kernels over many runs.
#pragma once

#include "LoadedModel.h"
#include "TensorFiles.h"

namespace buddy {

struct KernelProfile {
  std::string name, kind, location;
  size_t calls = 0;      // a run
  double ms = 0;         // a run, all calls: the median
  double flops = 0;      // a run; 0: not known
  double bytes = 0;      // a run, each tensor of a call once; 0: not known
  bool parallel = false; // more than one thread has a share in it
  // What each thread worked on it in a run, its median; empty if it is not shared out.
  std::vector<double> busyMs;

  // In GFLOP/s and GB/s; 0: not known.
  double gflops() const { return ms > 0 ? flops / ms / 1e6 : 0; }
  double gbPerSecond() const { return ms > 0 ? bytes / ms / 1e6 : 0; }
};

struct Profile {
  std::vector<KernelProfile> kernels; // in the order of their first calls
  double runMs = 0;                   // a run with times taken, the median
  double plainMs = 0;                 // without, in turn with the others
  double plainMadMs = 0;              // the median distance from that
  double outsideMs = 0;               // of a run, in no kernel: the runtime, and between kernels
  size_t runs = 0;
  // The last runs, one after the other, and when each began and ended.
  std::vector<BuddyKernelTime> trace;
  std::vector<std::pair<int64_t, int64_t>> traceRuns;

  double overheadPercent() const { return plainMs > 0 ? 100 * (runMs / plainMs - 1) : 0; }
};

// Runs the step for `seconds`, every other time with times taken. Medians are those of the faster
// half of the runs: the other half is what others do on the machine. `spec` is the step's entry in
// the manifest. Throws runtime::Failure.
Profile measureProfile(LoadedModel &model, Step &step, const runtime::EntrySpec &spec,
                       double seconds);

} // namespace buddy
