// Parameters, buffers and lifted constants of an archive, by the names of its configuration files.
#pragma once

#include "buddy/Frontend/Import/Archive.h"
#include "buddy/Frontend/Import/WeightStore.h"

namespace buddy {

// Reads data/weights/NAME_weights_config.json and data/constants/NAME_constants_config.json, of the
// program NAME.
// Every view is checked to lie inside its entry; no tensor is read. Errors: a configuration that is
// broken or missing, an entry missing, compressed or too short for its view, a pickled or
// unsupported tensor.
llvm::Expected<std::shared_ptr<WeightStore>> readWeights(std::shared_ptr<Archive> archive,
                                                         llvm::StringRef name = "model");

} // namespace buddy
