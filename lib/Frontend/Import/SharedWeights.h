// One tensor of several programs is one weight.
#pragma once

#include "buddy/Frontend/Import/Signature.h"

namespace buddy {

// Puts the program's weights with those of the programs before it. What has the same name must be
// the same tensor: a constant that is not gets a name of its own, `prefix` before it; a state that
// has another name there gets that one. `states` are the names of those programs' states.
mlir::LogicalResult shareWeights(mlir::MLIRContext *context, Signature &signature,
                                 const WeightStore &own, llvm::StringRef prefix, WeightStore &all,
                                 llvm::StringSet<> &states);

} // namespace buddy
