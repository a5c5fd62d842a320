// Verification of a model against a reference file.
#pragma once

#include "LoadedModel.h"
#include "Safetensors.h"
#include "VerifyRule.h"

namespace buddy {

// A file with input.NAME, expected_f32.outputN (eager PyTorch) and expected_f64.outputN (the same
// in double precision).
class Reference {
public:
  // Checks the file against the model's signature. Throws runtime::Failure.
  Reference(const std::string &path, const LoadedModel &model);

  std::vector<Buffer> inputs; // ready to run

  // Compares the outputs of the model's last run.
  std::vector<OutputReport> compare(const LoadedModel &model) const;

private:
  runtime::SafetensorsFile file;
};

bool allPassed(const std::vector<OutputReport> &reports);

// The table of `buddy verify` on the standard output.
void printReports(const std::vector<OutputReport> &reports);

} // namespace buddy
