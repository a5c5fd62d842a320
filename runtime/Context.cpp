// Runs a model: checks, conversions of dtypes, the call.
#include "Context.h"
#include "Failure.h"
#include "Stack.h"
#include "TensorCheck.h"
#include <algorithm>
#include <cstring>
#include <limits>
#include <omp.h>

namespace buddy::runtime {

// More than the address space of this machine has.
constexpr int64_t absurdBytes = int64_t(1) << 47;

static bool isConverted(const TensorSpec &spec) { return spec.dtype != spec.stored; }

Context::Context(std::shared_ptr<const Model> loaded, int threadCount)
    : model(std::move(loaded)), threads(threadCount ? threadCount : omp_get_num_procs()),
      states(model->manifest.states.size()) {
  for (size_t i = 0; i < states.size(); ++i) {
    const StateSpec &spec = model->manifest.states[i];
    states[i].atLeast(spec.elements * dataTypeBytes(spec.stored));
  }
  int64_t workspaceBytes = 0;
  for (const EntrySpec &entry : model->manifest.entries)
    workspaceBytes = std::max(workspaceBytes, entry.workspaceBytes);
  workspace.atLeast(workspaceBytes);
  for (const EntrySpec &entry : model->manifest.entries) {
    addEntry(entry);
    if (threads > 1)
      requireWorkerStacks(entry);
  }
  setStates();
}

void Context::addEntry(const EntrySpec &spec) {
  Entry &entry =
      entries.emplace_back(Entry{RunSizes(spec), {}, {}, {}, {}, {}, {}, {}, noFindings});
  entry.inputBuffers.resize(spec.inputs.size());
  entry.inputPointers.resize(spec.inputs.size());
  entry.userInputs.resize(spec.inputs.size());
  entry.outputBuffers.resize(spec.outputs.size());
  entry.outputPointers.resize(spec.outputs.size() + !spec.checks.empty());
  entry.userOutputs.resize(spec.outputs.size());
  for (size_t state : spec.states)
    entry.statePointers.push_back(states[state].data());
  // Without symbols all is known, and no run allocates.
  if (spec.symbols.empty())
    growBuffers(entries.size() - 1, entry);
}

// The bytes that the compiled code asks for; it is believed only as far as it makes sense.
static int64_t workspaceFor(const EntrySpec &entry, WorkspaceFunction function,
                            const RunSizes &sizes) {
  if (!function)
    return entry.workspaceBytes;
  int64_t bytes = function(sizes.symbols.data());
  if (bytes < 0 || bytes > absurdBytes)
    fail(BUDDY_INTERNAL, "the entry '", entry.name, "' asks for ", bytes,
         " bytes of workspace with ", sizes.symbolsText(),
         ": no memory has that; run it with smaller sizes, or compile the model again");
  return bytes;
}

void Context::growBuffers(size_t number, Entry &entry) {
  auto grow = [](std::vector<GrowingBuffer> &buffers, const std::vector<RunTensor> &tensors) {
    for (size_t i = 0; i < buffers.size(); ++i)
      if (isConverted(*tensors[i].spec))
        buffers[i].atLeast(tensors[i].storedBytes());
  };
  grow(entry.inputBuffers, entry.sizes.inputs);
  grow(entry.outputBuffers, entry.sizes.outputs);
  workspace.atLeast(
      workspaceFor(model->manifest.entries[number], model->workspace[number], entry.sizes));
}

void Context::setStates() {
  spoiled.clear();
  for (size_t i = 0; i < states.size(); ++i) {
    const StateSpec &spec = model->manifest.states[i];
    size_t bytes = spec.elements * dataTypeBytes(spec.stored);
    if (spec.initial)
      std::memcpy(states[i].data(), model->params->bytes().data() + *spec.initial, bytes);
    else
      std::memset(states[i].data(), 0, bytes);
  }
}

// An index beyond what it chooses from would read whatever lies there.
template <typename T>
static void checkRange(const RunTensor &tensor, const IndexRange &range, const int64_t *symbols,
                       const T *values) {
  auto lowest = range.lowest.evaluate(symbols), highest = range.highest.evaluate(symbols);
  if (!lowest || !highest)
    fail(BUDDY_INVALID_TENSOR, tensorLabel(tensor),
         ": what its elements may be goes beyond 64 bits with these sizes");
  // Of a tensor whose number of elements is not fixed, those that there are.
  int64_t end =
      range.count < 0 ? tensor.elements : std::min(range.first + range.count, tensor.elements);
  for (int64_t i = range.first; i < end; ++i)
    if (*lowest > *highest)
      fail(BUDDY_INVALID_TENSOR, tensorLabel(tensor),
           ": it is an index, and no value is inside of what it chooses from with these sizes");
    else if (values[i] < *lowest || values[i] > *highest)
      fail(BUDDY_INVALID_TENSOR, tensorLabel(tensor), ": element ", indexText(tensor.shape, i),
           " is ", values[i], "; it is an index and must lie between ", *lowest, " and ", *highest);
}

static void normalizeBool(int64_t elements, const char *from, char *to) {
  for (int64_t i = 0; i < elements; ++i)
    to[i] = from[i] != 0;
}

static void checkApart(const RunTensor &a, const char *aBegin, const RunTensor &b,
                       const char *bBegin) {
  auto aFirst = reinterpret_cast<uintptr_t>(aBegin), bFirst = reinterpret_cast<uintptr_t>(bBegin);
  if (aFirst < bFirst + b.bytes() && bFirst < aFirst + a.bytes() && a.elements && b.elements)
    fail(BUDDY_INVALID_TENSOR, tensorLabel(a), ": overlaps ", tensorLabel(b), " in memory");
}

namespace {
struct BusyGuard {
  std::atomic_flag &flag;
  ~BusyGuard() { flag.clear(std::memory_order_release); }
};
} // namespace

void Context::reset() {
  if (busy.test_and_set(std::memory_order_acquire))
    fail(BUDDY_INVALID_ARGUMENT, "the context is running on another thread");
  BusyGuard guard{busy};
  setStates();
}

void Context::setProfiling(bool on) {
  if (busy.test_and_set(std::memory_order_acquire))
    fail(BUDDY_INVALID_ARGUMENT, "the context is running on another thread");
  BusyGuard guard{busy};
  if (on && !profile)
    profile = std::make_unique<Profile>(threads);
  profiling = on;
}

void Context::checkTensors(Entry &entry, DLTensor *const *given, DLTensor *const *wanted) {
  const std::vector<RunTensor> &inputs = entry.sizes.inputs, &outputs = entry.sizes.outputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    entry.userInputs[i] = checkTensor(given[i], inputs[i], entry.sizes);
  for (size_t i = 0; i < outputs.size(); ++i) {
    entry.userOutputs[i] = checkTensor(wanted[i], outputs[i], entry.sizes);
    for (size_t j = 0; j < inputs.size(); ++j)
      checkApart(outputs[i], entry.userOutputs[i], inputs[j], entry.userInputs[j]);
    for (size_t j = 0; j < i; ++j)
      checkApart(outputs[i], entry.userOutputs[i], outputs[j], entry.userOutputs[j]);
  }
}

void Context::checkFindings(const EntrySpec &spec, Entry &entry) {
  std::optional<std::string> error = indexError(spec, entry.sizes, entry.found);
  if (!error)
    return;
  for (size_t i = 0; i < entry.userOutputs.size(); ++i)
    spoil(entry.sizes.outputs[i], entry.userOutputs[i]);
  if (!spec.states.empty())
    spoiled = *error;
  fail(BUDDY_INDEX_OUT_OF_RANGE, *error);
}

void Context::run(size_t number, DLTensor *const *inputs, size_t numInputs,
                  DLTensor *const *outputs, size_t numOutputs) {
  if (number >= entries.size())
    fail(BUDDY_INVALID_ARGUMENT, "there is no entry ", number, ": the model has ", entries.size());
  if (busy.test_and_set(std::memory_order_acquire))
    fail(BUDDY_INVALID_ARGUMENT,
         "the context is running on another thread already: give each thread its own context");
  BusyGuard guard{busy};
  const EntrySpec &spec = model->manifest.entries[number];
  Entry &entry = entries[number];
  if (!spoiled.empty() && !spec.states.empty())
    fail(BUDDY_INVALID_ARGUMENT,
         "the context's states are not those of a whole run, for an index was outside in the one "
         "before (",
         spoiled, "): reset the context, or make another");
  checkList(inputs, numInputs, spec.inputs, "input");
  checkList(outputs, numOutputs, spec.outputs, "output");
  entry.sizes.read(inputs);
  checkTensors(entry, inputs, outputs);
  checkDimensions(spec, entry.sizes);
  growBuffers(number, entry);

  const int64_t *symbols = entry.sizes.symbols.data();
  for (size_t i = 0; i < numInputs; ++i) {
    const RunTensor &tensor = entry.sizes.inputs[i];
    const char *user = entry.userInputs[i];
    bool isWide = tensor.spec->dtype == DataType::I64;
    for (const IndexRange &range : tensor.spec->ranges)
      if (isWide)
        checkRange(tensor, range, symbols, reinterpret_cast<const int64_t *>(user));
      else
        checkRange(tensor, range, symbols, reinterpret_cast<const int32_t *>(user));
    bool converted = isConverted(*tensor.spec);
    char *buffer = entry.inputBuffers[i].data();
    entry.inputPointers[i] = converted ? buffer : user;
    if (converted)
      normalizeBool(tensor.elements, user, buffer);
  }
  for (size_t i = 0; i < numOutputs; ++i)
    entry.outputPointers[i] =
        isConverted(spec.outputs[i]) ? entry.outputBuffers[i].data() : entry.userOutputs[i];
  entry.found = noFindings;
  if (!spec.checks.empty())
    entry.outputPointers.back() = entry.found.data();

  requireStackHere(spec);
  omp_set_num_threads(threads);
  ProfiledRun profiled(profiling ? profile.get() : nullptr, model->profile[number]);
  model->run[number](model->paramsData(), entry.inputPointers.data(), entry.statePointers.data(),
                     entry.outputPointers.data(), workspace.data(), symbols);
  checkFindings(spec, entry);

  for (size_t i = 0; i < numOutputs; ++i) {
    const RunTensor &tensor = entry.sizes.outputs[i];
    if (isConverted(*tensor.spec))
      normalizeBool(tensor.elements, entry.outputBuffers[i].data(), entry.userOutputs[i]);
  }
}

} // namespace buddy::runtime
