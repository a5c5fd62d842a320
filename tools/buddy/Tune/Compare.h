// A candidate beside the best so far: right first, then faster or not.
#pragma once

#include "LoadedModel.h"
#include "Sizes.h"
#include <string>
#include <vector>

namespace buddy::tune {

// Times of two packages, taken in turn.
struct Comparison {
  double bestMs = 0, candidateMs = 0; // medians
  double ratio = 1;                   // candidate by best: the median over rounds
  double noise = 0;                   // the standard error of that median
  int64_t rounds = 0;

  // Faster beyond what chance makes of equal packages: by three standard errors of this
  // measurement, and by half a percent, which is what the place of the code in memory can do.
  bool isFaster() const { return ratio < 1 - 3 * noise && ratio < 0.995; }
  bool isSlower() const { return ratio > 1 + 3 * noise; }
};

// From the times of rounds, one of each package a round.
Comparison compareTimes(const std::vector<double> &best, const std::vector<double> &candidate);

// Why `ours` cannot be a result of the same program as `untuned`, or empty. Both are f32 sums of
// the same terms in another order: their difference may have a root mean square of 2^-18 of the
// values' and may nowhere exceed 2^-15 of the largest value; NaN and infinities are equal. (Sums of
// 256 terms err by about 2^-20 of their size.) Other dtypes are equal byte for byte.
std::string differenceFrom(const runtime::TensorSpec &spec, const char *ours, const char *untuned);

struct CompareRequest {
  std::string untuned, best, candidate; // package folders
  std::string reference;                // empty: compare outputs with the untuned package's
  int threads = 0;
  double seconds = 1; // for a candidate that is neither clearly faster nor slower
  Sizes sizes = {};   // without a reference: of the made-up inputs
};

struct Verdict {
  enum class Kind { Measured, Wrong, CannotLoad };
  Kind kind = Kind::Measured;
  Comparison times;
  std::string text; // of Wrong and CannotLoad: why
};

// Verifies the candidate on the reference's inputs, or on made-up ones, and then measures it beside
// the best in turns: bursts of a few runs, whichever was first in one round second in the next.
Verdict compare(const CompareRequest &request);

// For the way through a pipe.
std::string pack(const Verdict &verdict);
Verdict unpack(const std::string &bytes);

} // namespace buddy::tune
