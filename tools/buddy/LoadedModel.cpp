// The tools' use of the runtime.
#include "LoadedModel.h"
#include "Failure.h"
#include <algorithm>
#include <cstring>
#include <new>

namespace buddy {

using runtime::SymbolSpec;
using runtime::TensorSpec;

Buffer::Buffer(size_t size) : bytes(size) {
  size_t rounded = (size + 63) / 64 * 64;
  memory.reset(static_cast<char *>(std::aligned_alloc(64, rounded ? rounded : 64)));
  if (!memory)
    throw std::bad_alloc();
  std::memset(memory.get(), 0, rounded);
}

static void check(BuddyStatus status) {
  if (status != BUDDY_OK)
    throw runtime::Failure(status, buddy_last_error());
}

static DLTensor makeTensor(const TensorSpec &spec, const std::vector<int64_t> &shape,
                           const Buffer &buffer) {
  // DLPack has no const; shapes and inputs are only read.
  return {const_cast<char *>(buffer.data()),
          {kDLCPU, 0},
          static_cast<int>(shape.size()),
          dlDataType(spec.dtype),
          const_cast<int64_t *>(shape.data()),
          nullptr,
          0};
}

// Of inputs that may be more or fewer than the entry has: the runtime says so.
static std::vector<DLTensor> makeTensors(const std::vector<TensorSpec> &specs,
                                         const std::vector<Input> &in) {
  std::vector<DLTensor> tensors;
  for (size_t i = 0; i < in.size(); ++i)
    tensors.push_back(
        makeTensor(i < specs.size() ? specs[i] : TensorSpec(), in[i].shape, in[i].buffer));
  return tensors;
}

static std::vector<DLTensor *> pointersTo(std::vector<DLTensor> &tensors) {
  std::vector<DLTensor *> pointers;
  for (DLTensor &tensor : tensors)
    pointers.push_back(&tensor);
  return pointers;
}

LoadedModel::LoadedModel(const std::string &folder, int threads, bool alwaysCheckParams) {
  BuddyLoadOptions options = {sizeof(BuddyLoadOptions), alwaysCheckParams};
  check(buddy_model_load(folder.c_str(), &options, &model));
  try {
    check(buddy_context_create(model, threads, &context));
    parts.resize(buddy_model_num_entries(model));
    for (size_t entry = 0; entry < parts.size(); ++entry)
      readEntry(entry);
  } catch (...) {
    buddy_context_destroy(context);
    buddy_model_destroy(model);
    throw;
  }
}

void LoadedModel::readSymbols(size_t entry) {
  size_t count = buddy_model_entry_num_symbols(model, entry);
  for (size_t i = 0; i < count; ++i) {
    BuddySymbolInfo info;
    check(buddy_model_entry_symbol(model, entry, i, &info));
    SymbolSpec &symbol = parts[entry].symbols.emplace_back();
    symbol.name = info.name;
    symbol.min = info.min;
    symbol.max = info.max;
  }
}

TensorSpec LoadedModel::readTensor(size_t entry, bool isInput, size_t index) const {
  BuddyTensorInfo info;
  auto describe = isInput ? buddy_model_entry_input : buddy_model_entry_output;
  auto dimensionOf =
      isInput ? buddy_model_entry_input_dimension : buddy_model_entry_output_dimension;
  check(describe(model, entry, index, &info));
  TensorSpec spec;
  spec.name = info.name;
  auto dtype = runtime::parseDataType(runtime::dlDataTypeText(info.dtype));
  if (!dtype)
    runtime::fail(BUDDY_INTERNAL, "the runtime gives '", spec.name, "' an unknown dtype");
  spec.dtype = spec.stored = *dtype;
  spec.shape.assign(info.shape, info.shape + info.ndim);
  spec.elements = info.elements;
  std::vector<std::string> names;
  for (const SymbolSpec &symbol : parts[entry].symbols)
    names.push_back(symbol.name);
  for (int32_t i = 0; i < info.ndim; ++i) {
    const char *text = nullptr;
    check(dimensionOf(model, entry, index, i, &text));
    spec.dimensions.push_back(text);
    auto size = runtime::SizeExpression::parse(text, names);
    if (!size)
      runtime::fail(BUDDY_INTERNAL, "the runtime gives '", spec.name, "' the size ", text);
    if (info.elements < 0)
      spec.sizes.push_back(*size);
  }
  return spec;
}

void LoadedModel::readEntry(size_t entry) {
  Part &part = parts[entry];
  BuddyEntryInfo about;
  check(buddy_model_entry(model, entry, &about));
  names.push_back(about.name);
  readSymbols(entry);
  for (size_t i = 0; i < about.num_inputs; ++i) {
    TensorSpec &spec = part.inputSpecs.emplace_back(readTensor(entry, true, i));
    for (size_t dimension = 0; dimension < spec.sizes.size(); ++dimension)
      if (auto symbol = spec.sizes[dimension].bareSymbol()) {
        part.symbols[*symbol].input = i;
        part.symbols[*symbol].dimension = dimension;
      }
  }
  for (size_t i = 0; i < about.num_outputs; ++i)
    part.outputSpecs.push_back(readTensor(entry, false, i));
}

size_t LoadedModel::entry(const std::string &name) const {
  size_t found = 0;
  check(buddy_model_find_entry(model, name.c_str(), &found));
  return found;
}

LoadedModel::~LoadedModel() {
  buddy_context_destroy(context);
  buddy_model_destroy(model);
}

std::vector<TensorSpec> LoadedModel::outputsFor(const std::vector<Input> &in, size_t entry) const {
  const Part &part = parts[entry];
  std::vector<DLTensor> tensors = makeTensors(part.inputSpecs, in);
  std::vector<DLTensor *> pointers = pointersTo(tensors);
  std::vector<TensorSpec> outputs = part.outputSpecs;
  for (size_t i = 0; i < outputs.size(); ++i) {
    TensorSpec &output = outputs[i];
    check(buddy_model_entry_output_shape(model, entry, pointers.data(), pointers.size(), i,
                                         output.shape.data()));
    output.sizes.clear();
    output.dimensions.clear();
    output.elements = *runtime::elementCount(output.shape, runtime::dataTypeBytes(output.dtype));
  }
  return outputs;
}

std::vector<int64_t> LoadedModel::symbolValues(const std::vector<Input> &in, size_t entry) const {
  std::vector<int64_t> values;
  for (const SymbolSpec &symbol : parts[entry].symbols)
    values.push_back(in[symbol.input].shape[symbol.dimension]);
  return values;
}

int64_t LoadedModel::flops(const std::vector<Input> &in, size_t entry) const {
  std::vector<DLTensor> tensors = makeTensors(parts[entry].inputSpecs, in);
  int64_t flops = 0;
  check(buddy_model_entry_flops_for(model, entry, pointersTo(tensors).data(), in.size(), &flops));
  return flops;
}

bool LoadedModel::isFor(const Part &part, const std::vector<Input> &in) {
  return std::equal(part.inputShapes.begin(), part.inputShapes.end(), in.begin(), in.end(),
                    [](const auto &shape, const Input &input) { return shape == input.shape; }) &&
         part.resultSpecs.size() == part.outputSpecs.size();
}

void LoadedModel::prepare(const std::vector<Input> &in, size_t entry) {
  Part &part = parts[entry];
  if (isFor(part, in))
    return;
  part.resultSpecs = outputsFor(in, entry);
  part.inputShapes.clear();
  part.outputBuffers.clear();
  part.outputTensors.clear();
  for (const Input &input : in)
    part.inputShapes.push_back(input.shape);
  for (const TensorSpec &spec : part.resultSpecs) {
    const Buffer &buffer =
        part.outputBuffers.emplace_back(spec.elements * runtime::dataTypeBytes(spec.dtype));
    part.outputTensors.push_back(makeTensor(spec, spec.shape, buffer));
  }
  part.outputPointers = pointersTo(part.outputTensors);
  part.inputTensors = makeTensors(part.inputSpecs, in);
  part.inputPointers = pointersTo(part.inputTensors);
}

void LoadedModel::profile(bool on) { check(buddy_context_profile(context, on)); }

LoadedModel::Times LoadedModel::kernelTimes() const {
  const BuddyKernelTime *times = nullptr;
  size_t count = 0, lost = 0;
  check(buddy_context_kernel_times(context, &times, &count, &lost));
  return {std::vector<BuddyKernelTime>(times, times + count), lost};
}

void LoadedModel::run(std::vector<Input> &in, size_t entry) {
  prepare(in, entry);
  Part &part = parts[entry];
  for (size_t i = 0; i < in.size(); ++i) {
    part.inputTensors[i].data = in[i].buffer.data();
    part.inputTensors[i].shape = in[i].shape.data();
  }
  check(buddy_context_run_entry(context, entry, part.inputPointers.data(), in.size(),
                                part.outputPointers.data(), part.outputPointers.size()));
}

} // namespace buddy
