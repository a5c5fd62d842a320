// Values for a package's symbols, as a user gives them: --size s64=40.
#pragma once

#include "Manifest.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace buddy {

using Sizes = std::vector<std::pair<std::string, int64_t>>;

// "s64=40"; nothing if it is not of that form.
std::optional<std::pair<std::string, int64_t>> parseSize(const std::string &text);

// The values in the symbols' order. If they are no values for them, they are empty and `problem`
// says what is wrong and what is expected.
std::vector<int64_t> valuesOf(const Sizes &sizes, const std::vector<runtime::SymbolSpec> &symbols,
                              std::string &problem);

// "--size batch=N (at least 1) --size s64=N (2 to 32768)"
std::string sizeOptions(const std::vector<runtime::SymbolSpec> &symbols);

} // namespace buddy
