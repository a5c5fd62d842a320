// The noise of a reference file: what rounding at random makes of an output, and how far a result
// may be from f64 by chance.
#pragma once

#include <cstdint>
#include <vector>

namespace buddy {

class RoundingNoise {
public:
  // What is known of an output's elements besides; empty of integers.
  struct Elements {
    std::vector<double> oneRounding; // the deviation of a single rounding
    std::vector<bool> isRounded;     // eager is not exact
    std::vector<bool> isMeasured;    // finite in f64 and in eager
  };

  // `data` is [runs, elements] of f32, which need not be aligned; null: there is none.
  RoundingNoise(const char *data, int64_t runs, int64_t elements, const Elements &known);

  bool empty() const { return deviations.empty(); }
  bool isUndetermined(int64_t element) const { return !empty() && deviations[element] < 0; }

  // The standard deviation of an element's error; 0 where nothing is rounded.
  double deviation(int64_t element) const { return empty() ? 0 : deviations[element]; }

  // What an RMS error is above in one of a million outputs.
  double rmsLimit() const;

  // What no element's error is above, in standard deviations, but in one of a million outputs.
  double largestFactor() const;

private:
  // The largest independent causes of an output's errors, equally large, and their share in its
  // mean square.
  struct Causes {
    double count = 1, share = 1;
  };
  static Causes causesOf(const std::vector<std::vector<double>> &deviations, double elements);

  std::vector<double> deviations; // -1: undetermined
  int64_t runs = 0, judged = 0;
  double rms = 0;
  Causes causes;
};

} // namespace buddy
