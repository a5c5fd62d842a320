// When a result counts as right: our error against f64 beside that of eager PyTorch, and beside the
// error that rounding is expected to make. docs/numbers.md has the rule and where it comes from.
#pragma once

#include "Manifest.h"
#include <cstdint>
#include <string>

namespace buddy {

// An output and what is expected of it: row-major arrays, which need not be aligned.
struct Compared {
  const runtime::TensorSpec &spec;
  const char *ours;
  const char *eager;           // of the spec's dtype, as ours
  const char *exact = nullptr; // f64; of floats only
  // Deviations from `exact` (f32) of evaluations that round at random: [runs, the spec's shape].
  // NaN in one of them: the element is not determined. Of integers NaN or zero. May be null.
  const char *noise = nullptr;
  int64_t runs = 0;
};

struct OutputReport {
  std::string name, type; // "output0", "f32[1, 40, 1536]"
  int64_t elements = 0;
  bool exact = false; // compared for equality
  double rms = 0, eagerRms = 0, rmsLimit = 0;
  // With noise each element has a limit: these are those of the element that comes closest to its.
  double largest = 0, eagerLargest = 0, largestLimit = 0;
  int64_t mismatches = 0;   // wrong NaN or infinity; not equal where nothing is rounded
  int64_t undetermined = 0; // elements that rounding decides; they are not judged
  std::string reason;       // empty if it passed

  bool passed() const { return reason.empty(); }
  double rmsRatio() const { return eagerRms > 0 ? rms / eagerRms : 0; }
  double largestRatio() const { return eagerLargest > 0 ? largest / eagerLargest : 0; }
  // What else there is to say of it; may be empty.
  std::string note() const;
};

// Whether outputs of this dtype can be compared.
bool isComparable(runtime::DataType type);

// Whether its values are compared by their errors, not for equality.
bool isFloat(runtime::DataType type);

// The name and type of the report are the caller's.
OutputReport compareOutput(const Compared &compared);

} // namespace buddy
