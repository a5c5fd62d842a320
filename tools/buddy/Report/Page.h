// The page of `buddy report`: one HTML file that holds everything it needs.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>

namespace buddy {

// The page with its data, a JSON object as docs/report.md describes it. The text of the data cannot
// leave its place in the page, whatever strings are in it.
std::string reportPage(llvm::StringRef json);

} // namespace buddy
