// Reading inputs, writing outputs.
#include "TensorFiles.h"
#include "Failure.h"
#include <algorithm>
#include <cctype>
#include <cstring>
#include <random>
#include <set>

namespace buddy {

using runtime::DataType;
using runtime::StoredTensor;
using runtime::TensorSpec;

std::string safetensorsName(DataType type) {
  std::string name(runtime::dataTypeName(type));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return name;
}

std::string typeText(const TensorSpec &spec) {
  return runtime::concat(runtime::dataTypeName(spec.dtype), runtime::shapeText(spec));
}

static std::string typeText(const StoredTensor &tensor) {
  std::string dtype = tensor.dtype;
  std::transform(dtype.begin(), dtype.end(), dtype.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return dtype + runtime::shapeText(tensor.shape);
}

// "step12." of "step12.input.x"; empty for other names.
static std::string stepOf(const std::string &name) {
  if (!name.starts_with("step"))
    return "";
  size_t end = 4;
  while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])))
    ++end;
  return end > 4 && end < name.size() && name[end] == '.' ? name.substr(0, end + 1) : "";
}

static bool anyStartsWith(const runtime::SafetensorsFile &file, const std::string &prefix) {
  return std::any_of(file.tensors().begin(), file.tensors().end(),
                     [&](const StoredTensor &tensor) { return tensor.name.starts_with(prefix); });
}

// The steps without their inputs.
static std::vector<Step> findSteps(const runtime::SafetensorsFile &file, const LoadedModel &model) {
  std::set<std::string> found;
  for (const StoredTensor &tensor : file.tensors())
    if (std::string step = stepOf(tensor.name); !step.empty())
      found.insert(step);
  std::vector<Step> steps(std::max<size_t>(found.size(), 1));
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!found.empty())
      steps[i].prefix = runtime::concat("step", i, ".");
    for (size_t entry = 0; entry < model.entries().size(); ++entry) {
      std::string prefix = steps[i].prefix + model.entries()[entry] + ".";
      if (!anyStartsWith(file, prefix))
        continue;
      steps[i].prefix = prefix;
      steps[i].entry = entry;
      break;
    }
  }
  return steps;
}

static const StoredTensor *findInput(const runtime::SafetensorsFile &file,
                                     const std::string &prefix, const std::string &name) {
  const StoredTensor *tensor = file.find(prefix + "input." + name);
  return tensor ? tensor : file.find(prefix + name);
}

// Whether the tensor has the dtype, the rank and the sizes that are fixed.
static bool couldBe(const StoredTensor &tensor, const TensorSpec &spec) {
  auto fits = [](int64_t size, int64_t expected) { return expected < 0 || size == expected; };
  return tensor.dtype == safetensorsName(spec.dtype) &&
         std::equal(tensor.shape.begin(), tensor.shape.end(), spec.shape.begin(), spec.shape.end(),
                    fits);
}

// What is wrong with the sizes that are not fixed; the runtime knows.
static std::string wrongSizes(const Step &step, const LoadedModel &model) {
  if (step.inputs.size() != model.inputs(step.entry).size())
    return ""; // said already
  try {
    model.outputsFor(step.inputs, step.entry);
  } catch (const runtime::Failure &failure) {
    std::string where = step.prefix.substr(0, step.prefix.size() - !step.prefix.empty());
    return runtime::concat("\n  ", where, where.empty() ? "" : ": ", failure.what());
  }
  return "";
}

std::vector<Step> readSteps(const runtime::SafetensorsFile &file, const std::string &path,
                            const LoadedModel &model) {
  std::vector<Step> steps = findSteps(file, model);
  std::string problems;
  std::set<const StoredTensor *> known;
  for (Step &step : steps) {
    for (const TensorSpec &spec : model.inputs(step.entry)) {
      const StoredTensor *tensor = findInput(file, step.prefix, spec.name);
      known.insert(tensor);
      if (!tensor) {
        problems +=
            runtime::concat("\n  ", step.prefix, spec.name, ": missing, expected ", typeText(spec));
        continue;
      }
      if (!couldBe(*tensor, spec)) {
        problems += runtime::concat("\n  ", step.prefix, spec.name, ": is ", typeText(*tensor),
                                    ", expected ", typeText(spec));
        continue;
      }
      Input &input = step.inputs.emplace_back(tensor->shape, Buffer(tensor->data.size()));
      if (!tensor->data.empty())
        std::memcpy(input.buffer.data(), tensor->data.data(), tensor->data.size());
    }
    problems += wrongSizes(step, model);
    for (const StoredTensor &tensor : file.tensors())
      if (tensor.name.starts_with(step.prefix + "expected_") ||
          tensor.name.starts_with(step.prefix + "noise."))
        known.insert(&tensor);
  }
  for (const StoredTensor &tensor : file.tensors())
    if (!known.contains(&tensor))
      problems += runtime::concat("\n  ", tensor.name, ": the model has no input of this name");
  if (!problems.empty())
    runtime::fail(BUDDY_INVALID_TENSOR, path, ": does not hold the model's inputs:", problems);
  return steps;
}

template <typename T> static void fillWith(Buffer &buffer, int64_t elements, T value) {
  T *values = reinterpret_cast<T *>(buffer.data());
  std::fill(values, values + elements, value);
}

// The spec with the sizes that it has for these values of the symbols.
static TensorSpec withSizes(TensorSpec spec, const std::vector<int64_t> &symbols) {
  for (size_t i = 0; i < spec.sizes.size(); ++i) {
    spec.shape[i] = spec.sizes[i].evaluate(symbols.data()).value_or(-1);
    if (spec.shape[i] < 0)
      runtime::fail(BUDDY_INVALID_ARGUMENT, "'", spec.name, "' has no size ", spec.dimensions[i],
                    " with these sizes: it would be negative or beyond 63 bits");
  }
  auto elements = runtime::elementCount(spec.shape, runtime::dataTypeBytes(spec.dtype));
  if (!elements)
    runtime::fail(BUDDY_INVALID_ARGUMENT, "'", spec.name, "' of shape ",
                  runtime::shapeText(spec.shape), " would be too large");
  spec.elements = *elements;
  return spec;
}

std::vector<Input> makeInputs(const std::vector<TensorSpec> &inputs,
                              const std::vector<int64_t> &symbols) {
  std::mt19937_64 random(20250101);
  std::vector<Input> made;
  for (const TensorSpec &symbolic : inputs) {
    TensorSpec spec = withSizes(symbolic, symbols);
    size_t bytes = spec.elements * runtime::dataTypeBytes(spec.dtype);
    Buffer &buffer = made.emplace_back(spec.shape, Buffer(bytes)).buffer;
    switch (spec.dtype) {
    case DataType::F32:
      for (int64_t i = 0; i < spec.elements; ++i)
        reinterpret_cast<float *>(buffer.data())[i] =
            static_cast<float>(random() >> 40) / (1 << 23) - 1.0f;
      break;
    case DataType::F64:
      for (int64_t i = 0; i < spec.elements; ++i)
        reinterpret_cast<double *>(buffer.data())[i] =
            static_cast<double>(random() >> 40) / (1 << 23) - 1.0;
      break;
    case DataType::I64:
      fillWith<int64_t>(buffer, spec.elements, 1);
      break;
    case DataType::I32:
      fillWith<int32_t>(buffer, spec.elements, 1);
      break;
    case DataType::Bool:
      fillWith<uint8_t>(buffer, spec.elements, 1);
      break;
    default:
      break; // zeros
    }
  }
  return made;
}

} // namespace buddy
