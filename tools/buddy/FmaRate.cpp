// Register-only FMA loops, one a vector width, chosen when running. A loop keeps more accumulators
// than latency times ports of any known CPU (5 cycles times 2, or 4 times 4 on recent Arm), so that
// the rate and not the latency is measured.
#include "CpuFeatures.h"
#include "MachineLimits.h"
#include <algorithm>
#include <chrono>
#include <omp.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace buddy {

using Clock = std::chrono::steady_clock;

// Runs `iterations` rounds of the loop; the result is only there so that it cannot be left out.
using Kernel = float (*)(int64_t iterations);

namespace {
struct KernelChoice {
  Kernel kernel = nullptr;
  double flopsPerIteration = 0;
  const char *instructions = "";
};
} // namespace

#if defined(__x86_64__)

__attribute__((target("avx512f"))) static float fmaAvx512(int64_t iterations) {
  __m512 sums[16];
  for (__m512 &sum : sums)
    sum = _mm512_setzero_ps();
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, a, b);
    __asm__ volatile("" : "+v"(a), "+v"(b)); // keeps rounds apart
  }
  for (int i = 1; i < 16; ++i)
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}

__attribute__((target("avx2,fma"))) static float fmaAvx2(int64_t iterations) {
  __m256 sums[12]; // 12, a and b fit in the 16 registers
  for (__m256 &sum : sums)
    sum = _mm256_setzero_ps();
  __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma clang loop unroll(full)
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, a, b);
    __asm__ volatile("" : "+x"(a), "+x"(b));
  }
  for (int i = 1; i < 12; ++i)
    sums[0] = _mm256_add_ps(sums[0], sums[i]);
  return _mm256_cvtss_f32(sums[0]);
}

static KernelChoice chooseKernel() {
  if (runtime::missingCpuFeatures({"avx512f"}).empty())
    return {fmaAvx512, 16.0 * 16 * 2, "AVX-512 FMA"};
  if (runtime::missingCpuFeatures({"avx2", "fma"}).empty())
    return {fmaAvx2, 12.0 * 8 * 2, "AVX2 FMA"};
  return {};
}

#elif defined(__aarch64__)

static float fmaNeon(int64_t iterations) {
  float32x4_t sums[24];
  for (float32x4_t &sum : sums)
    sum = vdupq_n_f32(0);
  float32x4_t a = vdupq_n_f32(0.5f), b = vdupq_n_f32(0.25f);
  for (int64_t i = 0; i < iterations; ++i) {
#pragma clang loop unroll(full)
    for (float32x4_t &sum : sums)
      sum = vfmaq_f32(sum, a, b);
    __asm__ volatile("" : "+w"(a), "+w"(b));
  }
  for (int i = 1; i < 24; ++i)
    sums[0] = vaddq_f32(sums[0], sums[i]);
  return vgetq_lane_f32(sums[0], 0);
}

static KernelChoice chooseKernel() { return {fmaNeon, 24.0 * 4 * 2, "NEON FMA"}; }

#else

static KernelChoice chooseKernel() { return {}; }

#endif

// Seconds from when all threads start until the last is done.
static double timeOnThreads(Kernel kernel, int threads, int64_t iterations) {
  Clock::time_point begin, end;
  volatile float sink = 0;
#pragma omp parallel num_threads(threads)
  {
#pragma omp barrier
#pragma omp single
    begin = Clock::now();
    float result = kernel(iterations);
#pragma omp barrier
#pragma omp master
    {
      end = Clock::now();
      sink = result;
    }
  }
  (void)sink;
  return std::chrono::duration<double>(end - begin).count();
}

int availableProcessors() { return omp_get_num_procs(); }

FmaRate measureFmaRate(int threads, double seconds) {
  KernelChoice choice = chooseKernel();
  if (!choice.kernel)
    return {};
  // Long enough that starting the threads does not count.
  int64_t iterations = 1000;
  double time = timeOnThreads(choice.kernel, threads, iterations);
  while ((time = timeOnThreads(choice.kernel, threads, iterations)) < 0.01)
    iterations *= 2;
  double best = time;
  int rounds = std::clamp(static_cast<int>(seconds / time), 5, 200);
  for (int i = 0; i < rounds; ++i)
    best = std::min(best, timeOnThreads(choice.kernel, threads, iterations));
  return {choice.flopsPerIteration * iterations * threads / best / 1e9, choice.instructions};
}

} // namespace buddy
