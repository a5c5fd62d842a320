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

// The errors of an output come from independent causes, the i-th of which has the share l_i of
// their mean square. Of two runs' deviations the square of the cosine has the mean sum l_i^2, and
// of three the product of the cosines sum l_i^3. The quotient of the sums is the share of the
// largest causes: so many of them that the sum of l_i^2 is theirs; the rest is many small ones.
RoundingNoise::Causes RoundingNoise::causesOf(const std::vector<std::vector<double>> &deviations,
                                              double elements) {
  size_t runs = deviations.size();
  auto product = [](const std::vector<double> &a, const std::vector<double> &b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
      sum += a[i] * b[i];
    return sum;
  };
  std::vector<double> lengths, cosines(runs * runs, 0);
  for (const std::vector<double> &run : deviations)
    lengths.push_back(std::sqrt(product(run, run)));
  double squares = 0, cubes = 0;
  int64_t pairs = 0, triples = 0;
  for (size_t a = 0; a < runs; ++a)
    for (size_t b = 0; b < a; ++b) {
      if (lengths[a] == 0 || lengths[b] == 0)
        continue;
      double cosine = product(deviations[a], deviations[b]) / lengths[a] / lengths[b];
      cosines[a * runs + b] = cosine;
      squares += cosine * cosine;
      ++pairs;
      for (size_t c = 0; c < b; ++c)
        if (lengths[c] != 0) {
          cubes += cosine * cosines[a * runs + c] * cosines[b * runs + c];
          ++triples;
        }
    }
  if (!triples)
    return {1, 1};
  double square = std::max(squares / pairs, 1 / elements);
  double largest = std::clamp(cubes / triples / square, square, std::sqrt(square));
  return {std::max(1.0, square / (largest * largest)), square / largest};
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
    deviations[i] = std::sqrt(sum / runs);
    if (!known.isMeasured.empty() && !known.isMeasured[i])
      continue; // no part of any mean
    ++judged;
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
  causes = causesOf(judgedRuns, static_cast<double>(judged));
}

// What the mean of `count` squares of errors is above in one of a million, with the deviation 1
// that is estimated from `runs` runs: Chernoff's bound of the chi-squared distribution. The mean of
// n squares is above s with a probability of at most (s e^(1-s))^(n/2).
static double meanSquareLimit(double count, int64_t runs) {
  double rest = 2 * std::log(1 / FalseAlarms) / count, bound = 1 + rest;
  for (int step = 0; step < 60; ++step)
    bound = 1 + rest + std::log(bound);
  return forEstimated(count * bound, runs * count) / count;
}

double RoundingNoise::rmsLimit() const {
  if (rms == 0)
    return 0;
  return rms * std::sqrt(causes.share * meanSquareLimit(causes.count, runs) +
                         (1 - causes.share) * meanSquareLimit(judged, runs));
}

double RoundingNoise::largestFactor() const {
  double values = std::max<int64_t>(judged, 1);
  return std::sqrt(forEstimated(2 * std::log(values / FalseAlarms), runs));
}

} // namespace buddy
