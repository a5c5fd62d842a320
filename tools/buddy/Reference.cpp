// Reads reference files and prints comparisons.
#include "Reference.h"
#include "Failure.h"
#include "TensorFiles.h"
#include <algorithm>
#include <cstdio>

namespace buddy {

using runtime::StoredTensor;
using runtime::TensorSpec;

// The dtype of an output in the two halves of the file.
static std::string expectedType(const TensorSpec &spec, bool wide) {
  return isFloat(spec.dtype) && wide ? "F64" : safetensorsName(spec.dtype);
}

static std::string expectedName(const std::string &prefix, const TensorSpec &spec, bool wide) {
  return prefix + (wide ? "expected_f64." : "expected_f32.") + spec.name;
}

static std::string noiseName(const std::string &prefix, const TensorSpec &spec) {
  return prefix + "noise." + spec.name;
}

// What is wrong with the noise of an output, if the file has it: it is [runs, the output's shape].
static std::string noiseProblem(const StoredTensor *noise, const TensorSpec &spec) {
  if (!noise)
    return "";
  std::vector<int64_t> shape = noise->shape;
  if (!shape.empty() && shape.front() > 0)
    shape.erase(shape.begin());
  else
    shape.push_back(-1); // of no output
  if (noise->dtype == "F32" && shape == spec.shape)
    return "";
  return runtime::concat("\n  ", noise->name, ": is ", noise->dtype,
                         runtime::shapeText(noise->shape), ", expected F32[runs, the shape ",
                         runtime::shapeText(spec.shape), "]");
}

// The value of an operation in an observed program (buddy compile --observe): compared where the
// file has it. Values inside of a torch.no_grad, say, have no name outside.
static bool isOptional(const TensorSpec &spec) { return spec.name.starts_with("value."); }

Reference::Reference(const std::string &path, const LoadedModel &model) : file(path) {
  steps = readSteps(file, path, model);
  std::string problems;
  for (const Step &step : steps)
    for (const TensorSpec &spec : model.outputsFor(step.inputs, step.entry)) {
      if (!isComparable(spec.dtype))
        problems += runtime::concat("\n  ", spec.name, ": outputs of dtype ",
                                    runtime::dataTypeName(spec.dtype), " cannot be verified");
      for (bool wide : {false, true}) {
        std::string name = expectedName(step.prefix, spec, wide);
        const StoredTensor *tensor = file.find(name);
        if (!tensor && (!wide || isFloat(spec.dtype)) && !isOptional(spec))
          problems += runtime::concat("\n  ", name, ": missing");
        else if (tensor &&
                 (tensor->dtype != expectedType(spec, wide) || tensor->shape != spec.shape))
          problems += runtime::concat("\n  ", name, ": is ", tensor->dtype,
                                      runtime::shapeText(tensor->shape), ", expected ",
                                      expectedType(spec, wide), runtime::shapeText(spec.shape));
      }
      problems += noiseProblem(file.find(noiseName(step.prefix, spec)), spec);
    }
  if (!problems.empty())
    runtime::fail(BUDDY_INVALID_TENSOR, path, ": is no reference file for this model:", problems);
}

std::vector<OutputReport> Reference::compare(const LoadedModel &model, size_t number) const {
  const Step &step = steps[number];
  std::vector<OutputReport> reports;
  for (size_t i = 0; i < model.results(step.entry).size(); ++i) {
    const TensorSpec &spec = model.results(step.entry)[i];
    if (isOptional(spec) && !(file.find(expectedName(step.prefix, spec, false)) &&
                              file.find(expectedName(step.prefix, spec, true))))
      continue;
    auto expected = [&](bool wide) {
      return file.find(expectedName(step.prefix, spec, wide))->data.data();
    };
    Compared compared{spec, model.out(step.entry)[i].data(), expected(false)};
    if (isFloat(spec.dtype))
      compared.exact = expected(true);
    if (const StoredTensor *noise = file.find(noiseName(step.prefix, spec))) {
      compared.noise = noise->data.data();
      compared.runs = noise->shape.front();
    }
    reports.push_back(compareOutput(compared));
    reports.back().type = typeText(spec);
    reports.back().name = step.prefix + spec.name;
  }
  return reports;
}

std::vector<OutputReport> Reference::verify(LoadedModel &model) {
  std::vector<OutputReport> reports;
  for (size_t step = 0; step < steps.size(); ++step) {
    run(model, step);
    for (OutputReport &report : compare(model, step))
      reports.push_back(std::move(report));
  }
  return reports;
}

bool allPassed(const std::vector<OutputReport> &reports) {
  return std::all_of(reports.begin(), reports.end(), [](const auto &r) { return r.passed(); });
}

static void printRow(const char *what, double ours, double eager, double limit) {
  std::printf("  %-13s %11.3e %11.3e ", what, ours, eager);
  if (eager > 0)
    std::printf("%8.2f", ours / eager);
  else
    std::printf("%8s", "-");
  std::printf(" %11.3e  %s\n", limit, ours <= limit ? "ok" : "ABOVE LIMIT");
}

void printReports(const std::vector<OutputReport> &reports) {
  for (const OutputReport &report : reports) {
    std::printf("%s  %s\n", report.name.c_str(), report.type.c_str());
    if (report.exact) {
      std::printf("  %lld of %lld elements equal\n",
                  static_cast<long long>(report.elements - report.undetermined - report.mismatches),
                  static_cast<long long>(report.elements));
    } else {
      std::printf("  %-13s %11s %11s %8s %11s\n", "error vs f64", "ours", "eager f32", "ratio",
                  "limit");
      printRow("RMS", report.rms, report.eagerRms, report.rmsLimit);
      printRow("largest", report.largest, report.eagerLargest, report.largestLimit);
    }
    if (report.undetermined)
      std::printf("  %s\n", report.note().c_str());
    if (!report.passed())
      std::printf("  FAILED: %s\n", report.reason.c_str());
  }
}

} // namespace buddy
