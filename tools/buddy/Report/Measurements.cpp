// Runs the package, and an observed one, through the runtime.
#include "Measurements.h"
#include "Failure.h"
#include "Reference.h"
#include "llvm/ADT/STLExtras.h"

namespace buddy {

constexpr const char *valuePrefix = "value.";

static int64_t bytesOf(const std::vector<Input> &inputs) {
  int64_t bytes = 0;
  for (const Input &input : inputs)
    bytes += int64_t(input.buffer.size());
  return bytes;
}

// Runs the steps of the reference up to the entry's last one, which is left ready to run again.
static Step *runReference(LoadedModel &model, Reference &reference, size_t entry,
                          std::vector<OutputReport> &reports) {
  Step *last = nullptr;
  for (size_t i = 0; i < reference.steps.size(); ++i) {
    reference.run(model, i);
    llvm::append_range(reports, reference.compare(model, i));
    if (reference.steps[i].entry == entry)
      last = &reference.steps[i];
  }
  return last;
}

Measurements measureForReport(const MeasureRequest &request) {
  Measurements result;
  result.threads = request.threads ? request.threads : availableProcessors();
  LoadedModel model(request.package, result.threads);
  runtime::Manifest manifest = runtime::readManifest(request.package);
  std::optional<Reference> reference;
  Step made;
  made.entry = request.entry;
  Step *step = &made;
  if (!request.reference.empty()) {
    reference.emplace(request.reference, model);
    std::vector<OutputReport> reports;
    step = runReference(model, *reference, request.entry, reports);
    if (!step)
      runtime::fail(BUDDY_INVALID_TENSOR, request.reference, ": has no run of the entry '",
                    model.entries()[request.entry], "'");
    for (const OutputReport &report : reports)
      if (!report.passed())
        runtime::fail(BUDDY_INVALID_TENSOR, request.package, ": ", report.name, ": ", report.reason,
                      "; a page of wrong results would mislead, see: buddy verify ",
                      request.package, " --reference ", request.reference);
    result.verified = true;
  } else {
    std::string problem;
    std::vector<int64_t> values = valuesOf(request.sizes, model.symbols(made.entry), problem);
    if (!problem.empty())
      runtime::fail(BUDDY_INVALID_ARGUMENT, request.package, ": ", problem);
    made.inputs = makeInputs(model.inputs(made.entry), values);
  }
  model.prepare(step->inputs, step->entry);
  std::vector<int64_t> symbols = model.symbolValues(step->inputs, step->entry);
  for (size_t i = 0; i < symbols.size(); ++i)
    result.sizes.emplace_back(model.symbols(step->entry)[i].name, symbols[i]);
  result.flops = double(model.flops(step->inputs, step->entry));
  // Before and after, for a machine shared with others is not always as fast: the best counts.
  FmaRate before = measureFmaRate(result.threads, 0.3);
  result.profile = measureProfile(model, *step, manifest.entries[step->entry], request.seconds);
  FmaRate after = measureFmaRate(result.threads, 0.3);
  result.fma = before.gflops > after.gflops ? before : after;
  int64_t bytes =
      manifest.params.bytes + manifest.entries[step->entry].workspaceBytes + bytesOf(step->inputs);
  bytes = std::clamp<int64_t>(bytes, int64_t(1) << 20, bytesBeyondCaches);
  result.readGbPerSecond = measureReadBandwidth(result.threads, bytes, 0.3).gbPerSecond;
  return result;
}

bool hasValues(const std::string &reference) {
  runtime::SafetensorsFile file(reference);
  return llvm::any_of(file.tensors(), [](const auto &tensor) {
    return tensor.name.starts_with(std::string("expected_f64.") + valuePrefix);
  });
}

std::vector<OutputReport> measureErrors(const std::string &observedPackage,
                                        const std::string &reference, size_t entry, int threads) {
  LoadedModel model(observedPackage, threads);
  Reference expected(reference, model);
  std::vector<OutputReport> reports, values;
  runReference(model, expected, entry, reports);
  for (OutputReport &report : reports) {
    if (size_t at = report.name.find(valuePrefix); at != std::string::npos)
      report.name = report.name.substr(at + std::string(valuePrefix).size());
    if (!report.exact)
      values.push_back(std::move(report));
  }
  return values;
}

} // namespace buddy
