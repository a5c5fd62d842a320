// Tensors of safetensors files matched with a model's signature.
#pragma once

#include "LoadedModel.h"
#include "Safetensors.h"

namespace buddy {

// One run of a model. A file of several, one after the other on one state, names its tensors
// step0.NAME, step1.NAME, ...; of one run, NAME. A model of several entries has the entry's name
// before the tensor's: step0.prefill.NAME.
struct Step {
  std::string prefix; // "step0.prefill."
  size_t entry = 0;
  std::vector<Input> inputs; // in the entry's order
};

// The steps of a file that holds inputs as NAME or as input.NAME (a reference file). Each step has
// its own values of the entry's symbols. Everything that is wrong is said at once: missing names,
// dtypes, shapes, names that the model does not have. Throws runtime::Failure with
// BUDDY_INVALID_TENSOR.
std::vector<Step> readSteps(const runtime::SafetensorsFile &file, const std::string &path,
                            const LoadedModel &model);

// Inputs for a measurement without a reference: floats uniform in [-1, 1) from a fixed seed, ones
// for integers and booleans (a padding mask that keeps everything). `symbols` are the values that
// the shapes are for. Throws runtime::Failure if there is no such shape.
std::vector<Input> makeInputs(const std::vector<runtime::TensorSpec> &inputs,
                              const std::vector<int64_t> &symbols);

std::string safetensorsName(runtime::DataType type); // "F32"

// "f32[1, 40, 1536]", "f32[1, s64, 1536]"
std::string typeText(const runtime::TensorSpec &spec);

} // namespace buddy
