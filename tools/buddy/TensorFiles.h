// Tensors of safetensors files matched with a model's signature.
#pragma once

#include "LoadedModel.h"
#include "Safetensors.h"

namespace buddy {

// What a file holds for one run. A file of several runs, one after the other in one context, names
// its tensors step0.NAME, step1.NAME, ...; of one run, NAME.
std::vector<std::string> stepPrefixes(const runtime::SafetensorsFile &file);

// The model's inputs of each step from a file that holds them as NAME or as input.NAME (a reference
// file), behind the step's prefix. Everything that is wrong is said at once: missing names, dtypes,
// shapes, names that the model does not have. Throws runtime::Failure with BUDDY_INVALID_TENSOR.
std::vector<std::vector<Buffer>> readInputs(const runtime::SafetensorsFile &file,
                                            const std::string &path,
                                            const std::vector<runtime::TensorSpec> &inputs);

// Inputs for a measurement without a reference: floats uniform in [-1, 1) from a fixed seed, ones
// for integers and booleans (a padding mask that keeps everything).
std::vector<Buffer> makeInputs(const std::vector<runtime::TensorSpec> &inputs);

std::string safetensorsName(runtime::DataType type); // "F32"

// "f32[1, 40, 1536]"
std::string typeText(const runtime::TensorSpec &spec);

} // namespace buddy
