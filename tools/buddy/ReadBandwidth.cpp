// How fast memory beyond the caches can be read.
#include "MachineLimits.h"
#include <algorithm>
#include <chrono>
#include <omp.h>
#include <vector>

namespace buddy {

double measureReadBandwidth(int threads) {
  constexpr int64_t words = (int64_t(256) << 20) / sizeof(uint64_t);
  std::vector<uint64_t> memory(words, 1);
  double best = 0;
  uint64_t total = 0;
  for (int round = 0; round < 4; ++round) {
    auto begin = std::chrono::steady_clock::now();
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : sum) schedule(static)
    for (int64_t i = 0; i < words; ++i)
      sum += memory[i];
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    total += sum;
    best = std::max(best, words * sizeof(uint64_t) / time.count() / 1e9);
  }
  volatile uint64_t sink = total; // the sums must be made
  (void)sink;
  return best;
}

} // namespace buddy
