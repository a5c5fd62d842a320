// How fast memory, or a cache that holds as much, can be read.
#include "CpuFeatures.h"
#include "HugePages.h"
#include "MachineLimits.h"
#include <algorithm>
#include <chrono>
#include <new>
#include <omp.h>
#include <sys/mman.h>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace buddy {

using Clock = std::chrono::steady_clock;

// Reads `words`; the result is only there so that the reads cannot be left out.
using Reader = uint64_t (*)(const uint64_t *memory, int64_t words);

static uint64_t readWords(const uint64_t *memory, int64_t words) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < words; ++i)
    sum += memory[i];
  return sum;
}

#if defined(__x86_64__)

// As wide as the kernels that are measured beside it: from a cache narrower loads are the limit.
__attribute__((target("avx512f"))) static uint64_t readAvx512(const uint64_t *memory,
                                                              int64_t words) {
  constexpr int64_t step = 8 * 8;
  __m512i sums[8] = {};
  int64_t i = 0;
  for (; i + step <= words; i += step)
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; ++k)
      sums[k] = _mm512_add_epi64(sums[k], _mm512_loadu_si512(memory + i + 8 * k));
  for (int k = 1; k < 8; ++k)
    sums[0] = _mm512_add_epi64(sums[0], sums[k]);
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(sums[0])) + readWords(memory + i, words - i);
}

__attribute__((target("avx2"))) static uint64_t readAvx2(const uint64_t *memory, int64_t words) {
  constexpr int64_t step = 4 * 8;
  __m256i sums[8] = {};
  int64_t i = 0;
  for (; i + step <= words; i += step)
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; ++k)
      sums[k] = _mm256_add_epi64(
          sums[k], _mm256_loadu_si256(reinterpret_cast<const __m256i *>(memory + i + 4 * k)));
  for (int k = 1; k < 8; ++k)
    sums[0] = _mm256_add_epi64(sums[0], sums[k]);
  alignas(32) uint64_t lanes[4];
  _mm256_store_si256(reinterpret_cast<__m256i *>(lanes), sums[0]);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3] + readWords(memory + i, words - i);
}

static Reader chooseReader() {
  if (runtime::missingCpuFeatures({"avx512f"}).empty())
    return readAvx512;
  if (runtime::missingCpuFeatures({"avx2"}).empty())
    return readAvx2;
  return readWords;
}

#else

static Reader chooseReader() { return readWords; }

#endif

namespace {
struct Words {
  explicit Words(int64_t count) : bytes(count * sizeof(uint64_t)) {
    void *mapped = runtime::mapAdvised(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                                       /*file=*/-1);
    if (mapped == MAP_FAILED)
      throw std::bad_alloc();
    data = static_cast<uint64_t *>(mapped);
    std::fill(data, data + count, 1);
  }
  ~Words() { ::munmap(data, bytes); }
  Words(const Words &) = delete;

  size_t bytes;
  uint64_t *data;
};
} // namespace

ReadRate measureReadBandwidth(int threads, int64_t bytes, double seconds) {
  constexpr int leastRounds = 4;
  Reader reader = chooseReader();
  int64_t words = std::max<int64_t>(bytes / sizeof(uint64_t), 1);
  Words memory(words);
  std::vector<double> rates;
  uint64_t total = 0;
  Clock::time_point start = Clock::now();
  // The first round is not counted: it brings into the caches what fits there.
  for (int round = 0; round <= leastRounds ||
                      std::chrono::duration<double>(Clock::now() - start).count() < seconds;
       ++round) {
    Clock::time_point begin = Clock::now();
    uint64_t sum = 0;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    {
      // The same part in every round, so that a core finds its part in its own cache.
      int64_t count = omp_get_num_threads(), index = omp_get_thread_num();
      int64_t first = words * index / count, last = words * (index + 1) / count;
      sum += reader(memory.data + first, last - first);
    }
    std::chrono::duration<double> time = Clock::now() - begin;
    total += sum;
    if (round)
      rates.push_back(words * sizeof(uint64_t) / time.count() / 1e9);
  }
  volatile uint64_t sink = total; // the sums must be made
  (void)sink;
  // Not the best: a cache is shared with other machines' work, and what is measured beside this is
  // a median too.
  std::nth_element(rates.begin(), rates.begin() + rates.size() / 2, rates.end());
  auto facts = runtime::pageFactsOf(memory.data);
  return {rates[rates.size() / 2], facts && facts->huge * 2 >= memory.bytes};
}

} // namespace buddy
