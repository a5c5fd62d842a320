// The mark of memory that a program changes. docs/contracts.md, section 1.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace buddy {

// On an argument that is a state: the number of the function's result that is its new value.
inline constexpr llvm::StringLiteral kStateAttr = "buddy.state";

} // namespace buddy
