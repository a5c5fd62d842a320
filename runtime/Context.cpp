// Runs a model: checks, conversions of dtypes, the call.
#include "Context.h"
#include "Failure.h"
#include "TensorCheck.h"
#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <omp.h>
#include <sys/mman.h>

namespace buddy::runtime {

constexpr size_t cacheLine = 64;
constexpr int64_t hugePage = 2 << 20;

Context::Memory Context::allocate(int64_t bytes) {
  // Huge pages where the kernel has them: activations of a long sequence span more small pages than
  // the processor keeps translations for.
  size_t alignment = bytes >= 2 * hugePage ? hugePage : cacheLine;
  size_t rounded = (static_cast<size_t>(bytes) + alignment - 1) / alignment * alignment;
  Memory memory(static_cast<char *>(std::aligned_alloc(alignment, rounded ? rounded : alignment)));
  if (!memory)
    fail(BUDDY_OUT_OF_MEMORY, "cannot allocate ", bytes, " bytes for a run of the model");
  if (alignment == hugePage)
    ::madvise(memory.get(), rounded, MADV_HUGEPAGE); // only advice: no error is one of the run
  return memory;
}

Context::Context(std::shared_ptr<const Model> loaded, int threadCount)
    : model(std::move(loaded)), threads(threadCount ? threadCount : omp_get_num_procs()) {
  for (const StateSpec &spec : model->manifest.states)
    states.push_back(allocate(spec.elements * dataTypeBytes(spec.stored)));
  int64_t workspaceBytes = 0;
  for (const EntrySpec &entry : model->manifest.entries) {
    workspaceBytes = std::max(workspaceBytes, entry.workspaceBytes);
    addEntry(entry);
  }
  workspace = allocate(workspaceBytes);
  setStates();
}

void Context::addEntry(const EntrySpec &spec) {
  Entry &entry = entries.emplace_back();
  auto bufferFor = [](const TensorSpec &tensor) {
    bool converted = tensor.dtype != tensor.stored;
    return converted ? allocate(tensor.elements * dataTypeBytes(tensor.stored)) : Memory();
  };
  for (const TensorSpec &tensor : spec.inputs)
    entry.inputBuffers.push_back(bufferFor(tensor));
  for (const TensorSpec &tensor : spec.outputs)
    entry.outputBuffers.push_back(bufferFor(tensor));
  for (size_t state : spec.states)
    entry.statePointers.push_back(states[state].get());
  entry.inputPointers.resize(spec.inputs.size());
  entry.userInputs.resize(spec.inputs.size());
  entry.outputPointers.resize(spec.outputs.size());
  entry.userOutputs.resize(spec.outputs.size());
}

void Context::setStates() {
  for (size_t i = 0; i < states.size(); ++i) {
    const StateSpec &spec = model->manifest.states[i];
    size_t bytes = spec.elements * dataTypeBytes(spec.stored);
    if (spec.initial)
      std::memcpy(states[i].get(), model->params.bytes().data() + *spec.initial, bytes);
    else
      std::memset(states[i].get(), 0, bytes);
  }
}

static void narrow(const TensorSpec &spec, size_t index, const char *from, char *to) {
  const int64_t *wide = reinterpret_cast<const int64_t *>(from);
  int32_t *result = reinterpret_cast<int32_t *>(to);
  for (int64_t i = 0; i < spec.elements; ++i) {
    result[i] = static_cast<int32_t>(wide[i]);
    if (result[i] != wide[i])
      fail(BUDDY_INVALID_TENSOR, tensorLabel(spec, "input", index), ": element ",
           indexText(spec.shape, i), " is ", wide[i],
           "; int64 inputs are computed in 32 bits and must lie between ",
           std::numeric_limits<int32_t>::min(), " and ", std::numeric_limits<int32_t>::max());
  }
}

// An index beyond what it chooses from would read whatever lies there.
template <typename T>
static void checkRange(const TensorSpec &spec, size_t index, const IndexRange &range,
                       const T *values) {
  for (int64_t i = range.first; i < range.first + range.count; ++i)
    if (values[i] < range.lowest || values[i] > range.highest)
      fail(BUDDY_INVALID_TENSOR, tensorLabel(spec, "input", index), ": element ",
           indexText(spec.shape, i), " is ", values[i], "; it is an index and must lie between ",
           range.lowest, " and ", range.highest);
}

static void normalizeBool(int64_t elements, const char *from, char *to) {
  for (int64_t i = 0; i < elements; ++i)
    to[i] = from[i] != 0;
}

static void widen(int64_t elements, const char *from, char *to) {
  const int32_t *narrowed = reinterpret_cast<const int32_t *>(from);
  int64_t *result = reinterpret_cast<int64_t *>(to);
  for (int64_t i = 0; i < elements; ++i)
    result[i] = narrowed[i];
}

static bool overlap(const char *a, const TensorSpec &aSpec, const char *b,
                    const TensorSpec &bSpec) {
  auto aBegin = reinterpret_cast<uintptr_t>(a), bBegin = reinterpret_cast<uintptr_t>(b);
  auto aEnd = aBegin + aSpec.elements * dataTypeBytes(aSpec.dtype);
  auto bEnd = bBegin + bSpec.elements * dataTypeBytes(bSpec.dtype);
  return aBegin < bEnd && bBegin < aEnd && aSpec.elements && bSpec.elements;
}

static void checkCount(size_t given, const std::vector<TensorSpec> &expected, const char *role) {
  if (given == expected.size())
    return;
  std::string names;
  for (const TensorSpec &spec : expected)
    names += concat(names.empty() ? "" : ", ", spec.name, " ", dataTypeName(spec.dtype),
                    shapeText(spec.shape));
  fail(BUDDY_INVALID_TENSOR, "got ", given, " ", role, "s, expected ", expected.size(), ": ",
       names);
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

void Context::run(size_t number, DLTensor *const *inputs, size_t numInputs,
                  DLTensor *const *outputs, size_t numOutputs) {
  if (number >= entries.size())
    fail(BUDDY_INVALID_ARGUMENT, "there is no entry ", number, ": the model has ", entries.size());
  if (busy.test_and_set(std::memory_order_acquire))
    fail(BUDDY_INVALID_ARGUMENT,
         "the context is running on another thread already: give each thread its own context");
  BusyGuard guard{busy};
  const EntrySpec &entry = model->manifest.entries[number];
  auto &[inputBuffers, outputBuffers, inputPointers, outputPointers, statePointers, userInputs,
         userOutputs] = entries[number];
  checkCount(numInputs, entry.inputs, "input");
  checkCount(numOutputs, entry.outputs, "output");
  if ((numInputs && !inputs) || (numOutputs && !outputs))
    fail(BUDDY_INVALID_ARGUMENT, "the list of ", inputs || !numInputs ? "outputs" : "inputs",
         " is null");

  for (size_t i = 0; i < numInputs; ++i)
    userInputs[i] = checkTensor(inputs[i], entry.inputs[i], "input", i);
  for (size_t i = 0; i < numOutputs; ++i) {
    const TensorSpec &spec = entry.outputs[i];
    userOutputs[i] = checkTensor(outputs[i], spec, "output", i);
    for (size_t j = 0; j < numInputs; ++j)
      if (overlap(userOutputs[i], spec, userInputs[j], entry.inputs[j]))
        fail(BUDDY_INVALID_TENSOR, tensorLabel(spec, "output", i), ": overlaps ",
             tensorLabel(entry.inputs[j], "input", j), " in memory");
    for (size_t j = 0; j < i; ++j)
      if (overlap(userOutputs[i], spec, userOutputs[j], entry.outputs[j]))
        fail(BUDDY_INVALID_TENSOR, tensorLabel(spec, "output", i), ": overlaps ",
             tensorLabel(entry.outputs[j], "output", j), " in memory");
  }

  for (size_t i = 0; i < numInputs; ++i) {
    const TensorSpec &spec = entry.inputs[i];
    char *buffer = inputBuffers[i].get();
    for (const IndexRange &range : spec.ranges)
      if (spec.dtype == DataType::I64)
        checkRange(spec, i, range, reinterpret_cast<const int64_t *>(userInputs[i]));
      else
        checkRange(spec, i, range, reinterpret_cast<const int32_t *>(userInputs[i]));
    inputPointers[i] = buffer ? buffer : userInputs[i];
    if (buffer && spec.dtype == DataType::I64)
      narrow(spec, i, userInputs[i], buffer);
    else if (buffer)
      normalizeBool(spec.elements, userInputs[i], buffer);
  }
  for (size_t i = 0; i < numOutputs; ++i)
    outputPointers[i] = outputBuffers[i] ? outputBuffers[i].get() : userOutputs[i];

  omp_set_num_threads(threads);
  model->run[number](model->paramsData(), inputPointers.data(), statePointers.data(),
                     outputPointers.data(), workspace.get());

  for (size_t i = 0; i < numOutputs; ++i) {
    const TensorSpec &spec = entry.outputs[i];
    if (outputBuffers[i] && spec.dtype == DataType::I64)
      widen(spec.elements, outputBuffers[i].get(), userOutputs[i]);
    else if (outputBuffers[i])
      normalizeBool(spec.elements, outputBuffers[i].get(), userOutputs[i]);
  }
}

} // namespace buddy::runtime
