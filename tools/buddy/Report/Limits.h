// How fast a kernel could be on this machine, and what keeps it from that.
#pragma once

#include "Measurements.h"
#include <string>
#include <vector>

namespace buddy {

// By the roofline: the operations at the rate of FMA, or the bytes at the rate of reading,
// whichever takes longer.
struct KernelLimit {
  double ms = 0;    // 0: not known
  std::string what; // "compute", "memory"; empty: not known
};

KernelLimit limitOf(const KernelProfile &kernel, const Measurements &measured);

// Sentences for people, each from a number that was measured.
std::vector<std::string> reasonsOf(const KernelProfile &kernel, const Measurements &measured);

} // namespace buddy
