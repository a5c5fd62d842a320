// When a result counts as right: our error against f64 beside that of eager PyTorch in f32.
#pragma once

#include "Manifest.h"
#include <cstdint>
#include <string>

namespace buddy {

// The limits: RMS error at most twice eager's; largest error at most four times eager's largest
// plus one f32 ulp of the largest expected value. If eager has no error at all, the RMS limit is
// that ulp too: results that happen to be exact must not demand exactness of another order of
// summation. Integer and boolean outputs must be equal.
struct OutputReport {
  std::string name, type; // "output0", "f32[1, 40, 1536]"
  int64_t elements = 0;
  bool exact = false; // compared for equality
  double rms = 0, eagerRms = 0, rmsLimit = 0;
  double largest = 0, eagerLargest = 0, largestLimit = 0;
  int64_t mismatches = 0; // wrong NaN or infinity; or unequal, if exact
  std::string reason;     // empty if it passed

  bool passed() const { return reason.empty(); }
  double rmsRatio() const { return eagerRms > 0 ? rms / eagerRms : 0; }
  double largestRatio() const { return eagerLargest > 0 ? largest / eagerLargest : 0; }
};

// Compares f32 values. The arrays need not be aligned.
OutputReport compareFloats(const runtime::TensorSpec &spec, const char *ours, const char *eagerF32,
                           const char *eagerF64);

// Compares bytes: `ours` and `expected` have the spec's dtype.
OutputReport compareExact(const runtime::TensorSpec &spec, const char *ours, const char *expected);

} // namespace buddy
