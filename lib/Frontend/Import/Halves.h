// Numbers beside tensors of f16 and bf16.
#pragma once

#include "buddy/Frontend/Import/GraphImporter.h"

namespace buddy {

// The f16 or bf16 that PyTorch makes a number, or a tensor without dimensions, beside the node's
// tensors before it computes; null if it does not.
mlir::Type typeOfNumbers(const pt2::Node &node, const OpEntry &entry,
                         const GraphImporter::Scope &scope);

// The node with its numbers rounded to that type.
pt2::Node withNumbersRounded(const pt2::Node &node, mlir::Type half);

} // namespace buddy
