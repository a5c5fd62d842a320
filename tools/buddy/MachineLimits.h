// What this machine can do at best, measured: the denominators of `buddy bench`.
#pragma once

#include <cstdint>
#include <string>

namespace buddy {

// f32 operations per second, in GFLOP/s, of independent fused multiply-adds in registers on
// `threads` threads at once: the best of several rounds of `seconds` in all. `instructions` says
// which were used; 0 where this CPU has no FMA that is known here.
struct FmaRate {
  double gflops = 0;
  std::string instructions;
};
FmaRate measureFmaRate(int threads, double seconds);

// GB/s of `threads` threads that read memory beyond the caches; the best of several rounds.
double measureReadBandwidth(int threads);

// The processors that this process may use.
int availableProcessors();

} // namespace buddy
