// The statistics of rounding noise. docs/numbers.md derives the formulas.
#include "RoundingNoise.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace buddy {

// How often a right output may be taken for a wrong one.
constexpr double FalseAlarms = 1e-6;

static float load(const char *data, int64_t index) {
  float value;
  std::memcpy(&value, data + index * sizeof(float), sizeof(float));
  return value;
}

// The square of the limit in standard deviations that are themselves estimated, from `samples`
// values, where it is `square` for known ones: Wallace's transform of Student's distribution. One
// run stands for runs without noise, and what deviations there are are known: of one rounding.
static double forEstimated(double square, double samples) {
  if (samples <= 1)
    return square;
  double correction = (8 * samples + 3) / (8 * samples + 1);
  return samples * std::expm1(square * correction * correction / samples);
}

// The inverse of the mean square of the cosine between two runs' deviations: 1 for errors that all
// come from one rounding, n for n independent ones.
static double countIndependent(const std::vector<std::vector<double>> &deviations) {
  double squares = 0;
  int64_t pairs = 0;
  auto product = [](const std::vector<double> &a, const std::vector<double> &b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
      sum += a[i] * b[i];
    return sum;
  };
  std::vector<double> lengths;
  for (const std::vector<double> &run : deviations)
    lengths.push_back(product(run, run));
  for (size_t a = 0; a < deviations.size(); ++a)
    for (size_t b = 0; b < a; ++b) {
      if (lengths[a] == 0 || lengths[b] == 0)
        continue;
      double inner = product(deviations[a], deviations[b]);
      squares += inner * inner / (lengths[a] * lengths[b]);
      ++pairs;
    }
  return squares > 0 ? pairs / squares : 1;
}

RoundingNoise::RoundingNoise(const char *data, int64_t runs, int64_t elements,
                             const Elements &known)
    : runs(runs) {
  if (!data)
    return;
  deviations.assign(elements, 0);
  std::vector<std::vector<double>> judgedRuns(runs);
  double squares = 0, largest = 0;
  for (int64_t i = 0; i < elements; ++i) {
    double sum = 0;
    for (int64_t run = 0; run < runs; ++run) {
      double value = load(data, run * elements + i);
      sum += value * value;
    }
    if (std::isnan(sum)) {
      deviations[i] = -1;
      continue;
    }
    ++judged;
    deviations[i] = std::sqrt(sum / runs);
    if (!known.oneRounding.empty() && (deviations[i] > 0 || known.isRounded[i]))
      deviations[i] = std::max(deviations[i], known.oneRounding[i]);
    squares += deviations[i] * deviations[i];
    largest = std::max(largest, deviations[i]);
    for (int64_t run = 0; run < runs; ++run)
      judgedRuns[run].push_back(load(data, run * elements + i));
  }
  if (largest == 0)
    return;
  rms = std::sqrt(squares / judged);
  for (std::vector<double> &run : judgedRuns)
    for (double &value : run)
      value /= largest; // squares of the smallest and largest numbers stay numbers
  independent = std::clamp(countIndependent(judgedRuns), 1.0, static_cast<double>(judged));
}

double RoundingNoise::rmsLimit() const {
  if (rms == 0)
    return 0;
  // Chernoff's bound of the chi-squared distribution: the mean of n squares is above s with a
  // probability of at most (s e^(1-s))^(n/2).
  double rest = 2 * std::log(1 / FalseAlarms) / independent, bound = 1 + rest;
  for (int step = 0; step < 60; ++step)
    bound = 1 + rest + std::log(bound);
  return rms * std::sqrt(forEstimated(independent * bound, runs * independent) / independent);
}

double RoundingNoise::largestFactor() const {
  if (judged == 0)
    return 0;
  return std::sqrt(forEstimated(2 * std::log(judged / FalseAlarms), runs));
}

} // namespace buddy
