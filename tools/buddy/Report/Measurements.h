// What is measured for the page: times, limits of this machine, errors.
#pragma once

#include "MachineLimits.h"
#include "Profile/Measure.h"
#include "Sizes.h"
#include "VerifyRule.h"
#include <optional>
#include <string>
#include <vector>

namespace buddy {

struct MeasureRequest {
  std::string package, reference; // no reference: random inputs, nothing verified
  Sizes sizes;                    // without a reference: of open sizes
  size_t entry = 0;
  int threads = 0;
  double seconds = 2;
};

struct Measurements {
  int threads = 0;
  FmaRate fma;
  // Of reading as many bytes as the program works on, from wherever they then lie.
  double readGbPerSecond = 0;
  bool verified = false;
  double flops = 0; // of a run; 0: not known
  std::vector<std::pair<std::string, int64_t>> sizes;
  Profile profile;

  double gflops() const { return profile.plainMs > 0 ? flops / profile.plainMs / 1e6 : 0; }
};

// Throws runtime::Failure; also if the results are not verified.
Measurements measureForReport(const MeasureRequest &request);

// Whether the reference file has the values of operations.
bool hasValues(const std::string &reference);

// The values of operations in a package that was compiled with them as outputs, each beside
// PyTorch's, and its float outputs; reports of values are named as the values are. Throws
// runtime::Failure.
std::vector<OutputReport> measureErrors(const std::string &observedPackage,
                                        const std::string &reference, size_t entry, int threads);

} // namespace buddy
