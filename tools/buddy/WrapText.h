// Text in columns of a terminal.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace buddy {

// Terminals of 80 columns show it as it is meant.
inline constexpr size_t textWidth = 80;

// The words of `text` in lines of textWidth columns, the first of which begins at column `indent`;
// so do the others, by spaces.
std::string wrapText(llvm::StringRef text, size_t indent);

} // namespace buddy
