// Verifies and measures.
#include "Compare.h"
#include "Failure.h"
#include "Reference.h"
#include "TensorFiles.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>

namespace buddy::tune {

static double median(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Comparison compareTimes(const std::vector<double> &best, const std::vector<double> &candidate) {
  Comparison result;
  result.rounds = std::min(best.size(), candidate.size());
  std::vector<double> ratios;
  for (int64_t i = 0; i < result.rounds; ++i)
    ratios.push_back(candidate[i] / best[i]);
  if (ratios.empty())
    return result;
  result.bestMs = median(best);
  result.candidateMs = median(candidate);
  result.ratio = median(ratios);
  for (double &ratio : ratios)
    ratio = std::fabs(ratio - result.ratio);
  // Of a normal distribution: its deviation is 1.4826 MAD, a median's error 1.2533 of a mean's.
  result.noise = 1.4826 * 1.2533 * median(ratios) / std::sqrt(double(result.rounds));
  return result;
}

std::string differenceFrom(const runtime::TensorSpec &spec, const char *ours, const char *untuned) {
  if (spec.dtype != runtime::DataType::F32) {
    bool same = std::memcmp(ours, untuned, spec.elements * runtime::dataTypeBytes(spec.dtype)) == 0;
    return same ? "" : runtime::concat(spec.name, ": differs from the untuned package's");
  }
  double squares = 0, sizes = 0, largest = 0, size = 0;
  for (int64_t i = 0; i < spec.elements; ++i) {
    float a, b;
    std::memcpy(&a, ours + i * sizeof a, sizeof a);
    std::memcpy(&b, untuned + i * sizeof b, sizeof b);
    if (!std::isfinite(a) || !std::isfinite(b)) {
      if (!(std::isnan(a) && std::isnan(b)) && a != b)
        return runtime::concat(spec.name, ": element ", runtime::indexText(spec.shape, i), " is ",
                               a, ", the untuned package gives ", b);
      continue;
    }
    double difference = double(a) - b;
    squares += difference * difference;
    sizes += double(b) * b;
    largest = std::max(largest, std::fabs(difference));
    size = std::max(size, std::fabs(double(b)));
  }
  if (std::sqrt(squares) > std::ldexp(std::sqrt(sizes), -18))
    return runtime::concat(spec.name, ": is off the untuned package's by ",
                           std::sqrt(squares / sizes), " of its size in the root mean square");
  if (largest > std::ldexp(size, -15))
    return runtime::concat(spec.name, ": is off the untuned package's by up to ", largest,
                           ", its largest value is ", size);
  return "";
}

// Runs the candidate and says what is wrong with its outputs; leaves the inputs in `inputs`.
static std::string verify(const CompareRequest &request, LoadedModel &candidate,
                          std::vector<Input> &inputs) {
  if (!request.reference.empty()) {
    Reference reference(request.reference, candidate);
    for (const OutputReport &report : reference.verify(candidate))
      if (!report.passed())
        return report.name + ": " + report.reason;
    inputs = std::move(reference.steps.back().inputs);
    return "";
  }
  LoadedModel untuned(request.untuned, request.threads);
  std::string problem;
  std::vector<int64_t> symbols = valuesOf(request.sizes, candidate.symbols(), problem);
  if (!problem.empty())
    runtime::fail(BUDDY_INVALID_ARGUMENT, problem);
  inputs = makeInputs(candidate.inputs(), symbols);
  untuned.run(inputs);
  candidate.run(inputs);
  for (size_t i = 0; i < candidate.results().size(); ++i)
    if (std::string text = differenceFrom(candidate.results()[i], candidate.out()[i].data(),
                                          untuned.out()[i].data());
        !text.empty())
      return text;
  return "";
}

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The shortest of `runs` runs, in ms: what disturbs a run only makes it longer.
static double burst(LoadedModel &model, std::vector<Input> &inputs, int runs) {
  double shortest = 0;
  for (int i = 0; i < runs; ++i) {
    auto start = Clock::now();
    model.run(inputs);
    double time = 1000 * secondsSince(start);
    shortest = i == 0 ? time : std::min(shortest, time);
  }
  return std::max(shortest, 1e-6);
}

static Comparison measure(LoadedModel &best, LoadedModel &candidate, std::vector<Input> &inputs,
                          double seconds) {
  constexpr int64_t leastRounds = 8;
  auto start = Clock::now();
  double once = std::max(burst(best, inputs, 2), burst(candidate, inputs, 2));
  // A burst is some milliseconds, so that the first run in it, whose caches the other package had,
  // is not what counts.
  int runs = std::clamp(int(3 / once), 2, 50);
  std::vector<double> bestTimes, candidateTimes;
  Comparison result;
  do {
    bool bestFirst = bestTimes.size() % 2 == 0;
    if (bestFirst)
      bestTimes.push_back(burst(best, inputs, runs));
    candidateTimes.push_back(burst(candidate, inputs, runs));
    if (!bestFirst)
      bestTimes.push_back(burst(best, inputs, runs));
    result = compareTimes(bestTimes, candidateTimes);
    // What is clearly slower early on needs no more time.
    if (result.rounds >= leastRounds && result.isSlower() && secondsSince(start) > seconds / 4)
      break;
  } while (result.rounds < leastRounds || secondsSince(start) < seconds);
  return result;
}

Verdict compare(const CompareRequest &request) {
  Verdict verdict;
  try {
    LoadedModel candidate(request.candidate, request.threads);
    LoadedModel best(request.best, request.threads);
    std::vector<Input> inputs;
    verdict.text = verify(request, candidate, inputs);
    if (!verdict.text.empty())
      verdict.kind = Verdict::Kind::Wrong;
    else
      verdict.times = measure(best, candidate, inputs, request.seconds);
  } catch (const runtime::Failure &failure) {
    verdict.kind = Verdict::Kind::CannotLoad;
    verdict.text = failure.what();
  }
  return verdict;
}

std::string pack(const Verdict &verdict) {
  std::string bytes(sizeof verdict.kind + sizeof verdict.times, '\0');
  std::memcpy(bytes.data(), &verdict.kind, sizeof verdict.kind);
  std::memcpy(bytes.data() + sizeof verdict.kind, &verdict.times, sizeof verdict.times);
  return bytes + verdict.text;
}

Verdict unpack(const std::string &bytes) {
  Verdict verdict;
  if (bytes.size() < sizeof verdict.kind + sizeof verdict.times) {
    verdict.kind = Verdict::Kind::CannotLoad;
    verdict.text = "the measurement gave no result";
    return verdict;
  }
  std::memcpy(&verdict.kind, bytes.data(), sizeof verdict.kind);
  std::memcpy(&verdict.times, bytes.data() + sizeof verdict.kind, sizeof verdict.times);
  verdict.text = bytes.substr(sizeof verdict.kind + sizeof verdict.times);
  return verdict;
}

} // namespace buddy::tune
