// The names between the import, which numbers the values of an exported program, and what shows
// them: buddy compile --observe, buddy report.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace buddy::graph {

// On the module: the exported values, [{name = "linear", type = tensor<...>}, ...]. The column of
// an op's line is the number of the value that it computes, from 1; 0: none.
inline constexpr llvm::StringLiteral kValuesAttr = "buddy.values";

// An output of an observed program that is the value "linear_1" is called "value.linear_1".
inline constexpr llvm::StringLiteral kValuePrefix = "value.";

} // namespace buddy::graph
