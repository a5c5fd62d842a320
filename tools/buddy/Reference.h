// Verification of a model against a reference file.
#pragma once

#include "LoadedModel.h"
#include "Safetensors.h"
#include "TensorFiles.h"
#include "VerifyRule.h"

namespace buddy {

// A file with input.NAME, expected_f32.outputN (eager PyTorch) and expected_f64.outputN (the same
// in double precision), and may be noise.outputN (what rounding makes of it); of several runs, one
// after the other on one state, step0.input.NAME and so on.
class Reference {
public:
  // Checks the file against the model's signature. Throws runtime::Failure.
  Reference(const std::string &path, const LoadedModel &model);

  // Runs a step; they must be run in order. Throws runtime::Failure.
  void run(LoadedModel &model, size_t step) { model.run(steps[step].inputs, steps[step].entry); }

  // Compares the outputs of the model's last run with the step's. In a file of several steps a
  // report's name has the step's prefix: "step3.output0".
  std::vector<OutputReport> compare(const LoadedModel &model, size_t step) const;

  // Runs all steps and compares each.
  std::vector<OutputReport> verify(LoadedModel &model);

  std::vector<Step> steps; // ready to run

private:
  runtime::SafetensorsFile file;
};

bool allPassed(const std::vector<OutputReport> &reports);

// The table of `buddy verify` on the standard output.
void printReports(const std::vector<OutputReport> &reports);

} // namespace buddy
