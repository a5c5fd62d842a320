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

// GB/s of `threads` threads that read the same `bytes` over and over, in all for `seconds` or four
// times: the median round. Bytes that a cache holds are read from there. They lie in huge pages, as
// a package's parameters do, where this machine gives some.
struct ReadRate {
  double gbPerSecond = 0;
  bool inHugePages = false;
};
ReadRate measureReadBandwidth(int threads, int64_t bytes, double seconds);

// More than any cache holds.
constexpr int64_t bytesBeyondCaches = int64_t(256) << 20;

// The processors that this process may use.
int availableProcessors();

} // namespace buddy
