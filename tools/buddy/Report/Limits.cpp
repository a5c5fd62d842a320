// The roofline of one kernel, and sentences about its distance from it.
#include "Limits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <numeric>

namespace buddy {

KernelLimit limitOf(const KernelProfile &kernel, const Measurements &measured) {
  double compute = measured.fma.gflops > 0 ? kernel.flops / measured.fma.gflops / 1e6 : 0;
  double memory = measured.readGbPerSecond > 0 ? kernel.bytes / measured.readGbPerSecond / 1e6 : 0;
  if (compute <= 0 && memory <= 0)
    return {};
  return compute >= memory ? KernelLimit{compute, "compute"} : KernelLimit{memory, "memory"};
}

static std::string time(double ms) {
  if (ms < 1e-4)
    return "less than 0.1 µs";
  return ms < 0.1 ? llvm::formatv("{0:F1} µs", ms * 1e3).str()
                  : llvm::formatv("{0:F3} ms", ms).str();
}

static std::string size(double bytes) {
  if (bytes < 1e3)
    return llvm::formatv("{0:F0} bytes", bytes);
  return bytes < 1e6 ? llvm::formatv("{0:F1} KB", bytes / 1e3).str()
                     : llvm::formatv("{0:F2} MB", bytes / 1e6).str();
}

static std::string percent(double share) {
  return share < 0.01 ? "less than 1 %" : llvm::formatv("{0:F0} %", 100 * share).str();
}

// Where the time goes that threads do not work.
static void addThreads(const KernelProfile &kernel, const Measurements &measured,
                       std::vector<std::string> &reasons) {
  if (!kernel.parallel) {
    if (measured.threads > 1)
      reasons.push_back(
          llvm::formatv("It runs on one thread of {0}: it is not shared out.", measured.threads));
    return;
  }
  auto [least, most] = std::minmax_element(kernel.busyMs.begin(), kernel.busyMs.end());
  double mean = std::accumulate(kernel.busyMs.begin(), kernel.busyMs.end(), 0.0) /
                double(kernel.busyMs.size());
  if (*most > 1.03 * mean)
    reasons.push_back(llvm::formatv("Its threads do not work equally long: from {0} to {1}. With "
                                    "even shares it would take {2}.",
                                    time(*least), time(*most), time(mean + kernel.ms - *most)));
  double around = kernel.ms - *most;
  if (around > 0.02 * kernel.ms)
    reasons.push_back(llvm::formatv(
        "Of {0} a run {1} pass before its threads begin and after they end: waking them and "
        "waiting for them.",
        time(kernel.ms), time(around)));
}

std::vector<std::string> reasonsOf(const KernelProfile &kernel, const Measurements &measured) {
  std::vector<std::string> reasons;
  KernelLimit limit = limitOf(kernel, measured);
  double share = kernel.ms > 0 ? limit.ms / kernel.ms : 0;
  if (limit.what == "compute")
    reasons.push_back(llvm::formatv(
        "It needs {0:F4} GFLOP a run: at {1:F1} GFLOP/s, what {2} reach on {3} thread{4}, that is "
        "{5}, and {6} of its time.",
        kernel.flops / 1e9, measured.fma.gflops, measured.fma.instructions, measured.threads,
        measured.threads == 1 ? "" : "s", time(limit.ms), percent(share)));
  else if (limit.what == "memory")
    reasons.push_back(llvm::formatv(
        "It reads and writes {0} a run: at {1:F1} GB/s, what this machine reads of as much as the "
        "program works on, that is {2}, and {3} of its time.",
        size(kernel.bytes), measured.readGbPerSecond, time(limit.ms), percent(share)));
  else
    reasons.push_back("Neither its operations nor its bytes are known.");
  if (share > 1.05)
    reasons.push_back("It is faster than that because what it works on lies in a cache that is "
                      "nearer.");
  addThreads(kernel, measured, reasons);
  if (kernel.kind == "attention")
    reasons.push_back("The exponentials of its softmax are work as well, and are not counted.");
  if (kernel.kind == "elementwise" || kernel.kind == "copy")
    reasons.push_back("It moves data and multiplies no matrices: what would make it free is to be "
                      "fused into a neighbour.");
  return reasons;
}

} // namespace buddy
