// The table of `buddy bench --profile`.
#include "Table.h"
#include <algorithm>
#include <cstdio>

namespace buddy {

// "-" where nothing is known.
static std::string number(const char *format, double value) {
  if (value <= 0)
    return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// How evenly the threads were busy: the least beside the most.
static std::string balance(const KernelProfile &kernel) {
  if (!kernel.parallel)
    return "1";
  auto [least, most] = std::minmax_element(kernel.busyMs.begin(), kernel.busyMs.end());
  char text[48];
  std::snprintf(text, sizeof text, "%zu, least %.0f %%", kernel.busyMs.size(),
                *most > 0 ? 100 * *least / *most : 100);
  return text;
}

void printProfile(const Profile &profile, double limitGflops, const char *mark) {
  size_t name = 12, line = 4; // "in no kernel", "line"
  for (const KernelProfile &kernel : profile.kernels) {
    name = std::max(name, kernel.name.size());
    line = std::max(line, kernel.location.size());
  }
  std::printf(
      "profile       %zu runs with times and %zu without, in turn: median of the faster half "
      "%.4f and %.4f ms, %+.2f %%%s\n\n",
      profile.runs, profile.runs, profile.runMs, profile.plainMs, profile.overheadPercent(), mark);
  std::printf("  %-*s  %-*s  %5s  %9s  %6s  %8s  %8s  %7s  %s\n", int(name), "kernel", int(line),
              "line", "calls", "ms a run", "share", "GFLOP/s", "of limit", "GB/s", "threads");
  auto share = [&](double ms) { return profile.runMs > 0 ? 100 * ms / profile.runMs : 0; };
  std::vector<const KernelProfile *> sorted;
  for (const KernelProfile &kernel : profile.kernels)
    sorted.push_back(&kernel);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto *a, const auto *b) { return a->ms > b->ms; });
  for (const KernelProfile *kernel : sorted) {
    double percent = limitGflops > 0 ? 100 * kernel->gflops() / limitGflops : 0;
    std::printf("  %-*s  %-*s  %5zu  %9.4f  %4.1f %%  %8s  %8s  %7s  %s%s\n", int(name),
                kernel->name.c_str(), int(line),
                kernel->location.empty() ? "-" : kernel->location.c_str(), kernel->calls,
                kernel->ms, share(kernel->ms), number("%.1f", kernel->gflops()).c_str(),
                number("%.1f %%", percent).c_str(), number("%.1f", kernel->gbPerSecond()).c_str(),
                balance(*kernel).c_str(), mark);
  }
  std::printf("  %-*s  %-*s  %5s  %9.4f  %4.1f %%%s\n", int(name), "in no kernel", int(line), "-",
              "-", profile.outsideMs, share(profile.outsideMs), mark);
}

} // namespace buddy
