// What the states of a program hold before its first run.
#pragma once

#include "FileWriter.h"
#include "Signature.h"
#include "buddy/Frontend/Import/WeightStore.h"
#include <optional>

namespace buddy {

struct StateContent {
  // Where in params.bin its elements lie, as the compiled code has them; none: they are all zero.
  std::optional<int64_t> offset;
};

// Writes the states that are not zero behind what `writer` has, each at a multiple of 64 bytes, and
// then zeros up to a whole page. Errors: a state that the archive does not have or has otherwise.
llvm::Expected<std::vector<StateContent>> writeStates(const std::vector<SignatureTensor> &states,
                                                      const WeightStore &weights,
                                                      FileWriter &writer);

} // namespace buddy
