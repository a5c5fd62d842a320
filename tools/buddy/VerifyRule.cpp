// The numbers rule of `buddy verify`.
#include "VerifyRule.h"
#include "Failure.h"
#include "TensorFiles.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace buddy {

using runtime::concat;
using runtime::TensorSpec;

template <typename T> static T load(const char *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

// One step of f32 at the size of `value`.
static double ulpOf(double value) {
  float size = static_cast<float>(std::min(std::fabs(value), 3.4e38));
  return static_cast<double>(std::nextafter(size, std::numeric_limits<float>::infinity())) - size;
}

// What the oracle, which rounds to f64 as we do, may be off itself.
static constexpr double kOracle = 0x1p-44;

static bool sameNonFinite(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

static OutputReport start(const TensorSpec &spec) {
  OutputReport report;
  report.name = spec.name;
  report.type = typeText(spec);
  report.elements = spec.elements;
  return report;
}

template <typename Float>
static OutputReport compare(const TensorSpec &spec, const char *ours, const char *eagerF32,
                            const char *eagerF64) {
  OutputReport report = start(spec);
  double squares = 0, eagerSquares = 0, size = 0;
  int64_t compared = 0, worst = 0;
  auto mismatch = [&](int64_t index, const std::string &what) {
    if (report.mismatches++ == 0)
      report.reason = concat("element ", runtime::indexText(spec.shape, index), " ", what);
  };
  for (int64_t i = 0; i < spec.elements; ++i) {
    Float our = load<Float>(ours, i), eager = load<Float>(eagerF32, i);
    double exact = load<double>(eagerF64, i);
    if (!std::isfinite(eager)) {
      if (!sameNonFinite(our, eager))
        mismatch(i, concat("is ", our, ", PyTorch gives ", eager));
      continue;
    }
    if (!std::isfinite(exact)) {
      mismatch(i, concat("of the reference is ", exact, " in f64 and ", eager, " in f32"));
      continue;
    }
    if (!std::isfinite(our)) {
      mismatch(i, concat("is ", our, ", PyTorch gives ", eager));
      continue;
    }
    double error = std::fabs(our - exact), eagerError = std::fabs(eager - exact);
    if (error > report.largest) {
      report.largest = error;
      worst = i;
    }
    report.eagerLargest = std::max(report.eagerLargest, eagerError);
    size = std::max(size, std::fabs(exact));
    squares += error * error;
    eagerSquares += eagerError * eagerError;
    ++compared;
  }
  if (compared) {
    report.rms = std::sqrt(squares / compared);
    report.eagerRms = std::sqrt(eagerSquares / compared);
  }
  if (sizeof(Float) == sizeof(float)) {
    report.rmsLimit = report.eagerRms > 0 ? 2 * report.eagerRms : ulpOf(size);
    report.largestLimit = 4 * report.eagerLargest + ulpOf(size);
  } else {
    report.rmsLimit = 2 * report.eagerRms + kOracle * size;
    report.largestLimit = 4 * report.eagerLargest + kOracle * size;
  }
  if (!report.reason.empty())
    report.reason += concat(" (", report.mismatches, " of ", spec.elements, " elements so)");
  else if (report.rms > report.rmsLimit)
    report.reason = concat("RMS error ", report.rms, " is above the limit ", report.rmsLimit);
  else if (report.largest > report.largestLimit)
    report.reason =
        concat("error ", report.largest, " of element ", runtime::indexText(spec.shape, worst),
               " is above the limit ", report.largestLimit);
  return report;
}

OutputReport compareFloats(const TensorSpec &spec, const char *ours, const char *eagerF32,
                           const char *eagerF64) {
  return spec.dtype == runtime::DataType::F64 ? compare<double>(spec, ours, eagerF32, eagerF64)
                                              : compare<float>(spec, ours, eagerF32, eagerF64);
}

OutputReport compareExact(const TensorSpec &spec, const char *ours, const char *expected) {
  OutputReport report = start(spec);
  report.exact = true;
  int64_t bytes = runtime::dataTypeBytes(spec.dtype);
  for (int64_t i = 0; i < spec.elements; ++i)
    if (std::memcmp(ours + i * bytes, expected + i * bytes, bytes) != 0 && report.mismatches++ == 0)
      report.reason = concat("element ", runtime::indexText(spec.shape, i), " differs");
  if (report.mismatches)
    report.reason += concat(" (", report.mismatches, " of ", spec.elements, " elements so)");
  return report;
}

} // namespace buddy
