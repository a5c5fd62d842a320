// The numbers rule of `buddy verify`, the tests and the generator of programs.
#include "VerifyRule.h"
#include "Failure.h"
#include "RoundingNoise.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

namespace buddy {

using runtime::concat;
using runtime::DataType;
using runtime::TensorSpec;

// How often eager's error is allowed, in the mean and at one element.
constexpr double RmsFactor = 2, LargestFactor = 4;
// Where eager is not finite and f64 is, a number may be right instead: to so many steps, or noise.
constexpr double RightInsteadSteps = 4;

template <typename T> static T load(const char *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

bool isFloat(DataType type) { return type == DataType::F32 || type == DataType::F64; }

bool isComparable(DataType type) {
  return isFloat(type) || type == DataType::I64 || type == DataType::I32 || type == DataType::Bool;
}

// One step of T at the size of `value`.
template <typename T> static double stepAt(double value) {
  T size = static_cast<T>(std::min(std::fabs(value), 0.9 * std::numeric_limits<T>::max()));
  return static_cast<double>(std::nextafter(size, std::numeric_limits<T>::infinity()) - size);
}

static bool sameNonFinite(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

// So that neighbours look different.
static std::string text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.9g", value);
  return digits;
}

namespace {
// Errors of an output's elements, and what is wrong beyond them.
template <typename T> class Comparison {
public:
  Comparison(const Compared &compared, const RoundingNoise &noise)
      : given(compared), spec(compared.spec), noise(noise) {}

  OutputReport report() {
    result.elements = spec.elements;
    for (int64_t i = 0; i < spec.elements; ++i)
      if (noise.isUndetermined(i))
        ++result.undetermined;
      else if (isFinite(i))
        add(i);
    if (count) {
      result.rms = std::sqrt(squares / count);
      result.eagerRms = std::sqrt(eagerSquares / count);
    }
    if (noise.empty())
      setLimits();
    else
      setLimitsOfNoise();
    if (!result.reason.empty())
      result.reason += concat(" (", result.mismatches, " of ", spec.elements, " elements so)");
    else if (result.rms > result.rmsLimit)
      result.reason = concat("RMS error ", result.rms, " is above the limit ", result.rmsLimit);
    else if (result.largest > result.largestLimit)
      result.reason =
          concat("error ", result.largest, " of element ", runtime::indexText(spec.shape, worst),
                 " is above the limit ", result.largestLimit);
    return std::move(result);
  }

private:
  double our(int64_t i) const { return load<T>(given.ours, i); }
  double eager(int64_t i) const { return load<T>(given.eager, i); }
  double exact(int64_t i) const { return load<double>(given.exact, i); }
  double error(int64_t i) const { return std::fabs(our(i) - exact(i)); }
  double eagerError(int64_t i) const { return std::fabs(eager(i) - exact(i)); }

  template <typename... Parts> void mismatch(int64_t i, const Parts &...what) {
    if (result.mismatches++ == 0)
      result.reason = concat("element ", runtime::indexText(spec.shape, i), " ", what...);
  }

  // Whether there is an error to measure; says so where there must be and is not.
  bool isFinite(int64_t i) {
    if (!std::isfinite(eager(i))) {
      double limit = std::max(RightInsteadSteps * stepAt<T>(exact(i)),
                              noise.largestFactor() * noise.deviation(i));
      bool rightInstead = std::isfinite(exact(i)) && error(i) <= limit;
      if (!sameNonFinite(our(i), eager(i)) && !sameNonFinite(our(i), exact(i)) && !rightInstead)
        mismatch(i, "is ", our(i), ", PyTorch gives ", eager(i));
      return false;
    }
    if (!std::isfinite(exact(i)))
      mismatch(i, "of the reference is ", exact(i), " in f64 and ", eager(i), " in f32");
    else if (!std::isfinite(our(i)))
      mismatch(i, "is ", our(i), ", PyTorch gives ", eager(i));
    else
      return true;
    return false;
  }

  void add(int64_t i) {
    squares += error(i) * error(i);
    eagerSquares += eagerError(i) * eagerError(i);
    result.eagerLargest = std::max(result.eagerLargest, eagerError(i));
    size = std::max(size, std::fabs(exact(i)));
    ++count;
    double deviation = noise.deviation(i);
    if (deviation > 0)
      eagerRatio = std::max(eagerRatio, eagerError(i) / deviation);
    if (noise.empty() && error(i) > result.largest) {
      result.largest = error(i);
      worst = i;
    }
  }

  // Where nothing but eager tells how large an error may be. If eager has none at all, the limit of
  // the RMS is one step as well: eager may have been lucky.
  void setLimits() {
    double step = stepAt<T>(size);
    result.rmsLimit = result.eagerRms > 0 ? RmsFactor * result.eagerRms : step;
    result.largestLimit = LargestFactor * result.eagerLargest + step;
  }

  void setLimitsOfNoise() {
    result.rmsLimit = std::max(RmsFactor * result.eagerRms, noise.rmsLimit());
    double deviations = std::max(noise.largestFactor(), LargestFactor * eagerRatio), nearest = -1;
    for (int64_t i = 0; i < spec.elements; ++i) {
      if (noise.isUndetermined(i) || !std::isfinite(error(i)) || !std::isfinite(eagerError(i)))
        continue;
      double deviation = noise.deviation(i);
      if (deviation == 0 && eagerError(i) == 0) {
        if (error(i) != 0)
          mismatch(i, "is ", text(our(i)), " and must be ", text(exact(i)),
                   ": nothing in it is rounded");
        continue;
      }
      double limit = deviation > 0 ? deviations * deviation : LargestFactor * eagerError(i);
      if (error(i) / limit > nearest) {
        nearest = error(i) / limit;
        result.largest = error(i);
        result.largestLimit = limit;
        worst = i;
      }
    }
  }

  const Compared &given;
  const TensorSpec &spec;
  const RoundingNoise &noise;
  OutputReport result;
  double squares = 0, eagerSquares = 0, size = 0;
  double eagerRatio = 0; // eager's largest error in standard deviations of the noise
  int64_t count = 0, worst = 0;
};
} // namespace

template <typename T> static OutputReport compareFloats(const Compared &compared) {
  RoundingNoise::Elements known;
  for (int64_t i = 0; compared.noise && i < compared.spec.elements; ++i) {
    double exact = load<double>(compared.exact, i);
    // The standard deviation of what is anywhere in [-1/2, 1/2] steps.
    known.oneRounding.push_back(stepAt<T>(exact) / std::sqrt(12.0));
    T eager = load<T>(compared.eager, i);
    known.isRounded.push_back(std::isfinite(exact) && eager != exact);
    known.isMeasured.push_back(std::isfinite(exact) && std::isfinite(eager));
  }
  RoundingNoise noise(compared.noise, compared.runs, compared.spec.elements, known);
  return Comparison<T>(compared, noise).report();
}

static OutputReport compareExact(const Compared &compared) {
  RoundingNoise noise(compared.noise, compared.runs, compared.spec.elements, {});
  const TensorSpec &spec = compared.spec;
  OutputReport report;
  report.elements = spec.elements;
  report.exact = true;
  int64_t bytes = runtime::dataTypeBytes(spec.dtype);
  for (int64_t i = 0; i < spec.elements; ++i)
    if (noise.isUndetermined(i))
      ++report.undetermined;
    else if (std::memcmp(compared.ours + i * bytes, compared.eager + i * bytes, bytes) != 0 &&
             report.mismatches++ == 0)
      report.reason = concat("element ", runtime::indexText(spec.shape, i), " differs");
  if (report.mismatches)
    report.reason += concat(" (", report.mismatches, " of ", spec.elements, " elements so)");
  return report;
}

OutputReport compareOutput(const Compared &compared) {
  switch (compared.spec.dtype) {
  case DataType::F32:
    return compareFloats<float>(compared);
  case DataType::F64:
    return compareFloats<double>(compared);
  default:
    return compareExact(compared);
  }
}

std::string OutputReport::note() const {
  if (!undetermined)
    return "";
  return concat(undetermined, " of ", elements, " elements are not judged: rounding decides them",
                2 * undetermined > elements ? ", and they are most of this output" : "");
}

} // namespace buddy
