// Reads and checks values of symbols.
#include "Sizes.h"
#include "Failure.h"
#include <algorithm>
#include <charconv>

namespace buddy {

using runtime::concat;
using runtime::SymbolSpec;

std::optional<std::pair<std::string, int64_t>> parseSize(const std::string &text) {
  size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    return std::nullopt;
  int64_t value = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data() + equals + 1, end, value);
  if (error != std::errc() || rest != end)
    return std::nullopt;
  return std::pair(text.substr(0, equals), value);
}

std::string sizeOptions(const std::vector<SymbolSpec> &symbols) {
  std::string text;
  for (const SymbolSpec &symbol : symbols)
    text += concat(text.empty() ? "" : " ", "--size ", symbol.name, "=N (", rangeText(symbol), ")");
  return text;
}

std::vector<int64_t> valuesOf(const Sizes &sizes, const std::vector<SymbolSpec> &symbols,
                              std::string &problem) {
  std::vector<std::optional<int64_t>> found(symbols.size());
  for (const auto &[name, value] : sizes) {
    auto symbol = std::find_if(symbols.begin(), symbols.end(),
                               [&](const SymbolSpec &one) { return one.name == name; });
    if (symbol == symbols.end())
      problem = symbols.empty() ? concat("--size ", name, ": its sizes are fixed")
                                : concat("--size ", name, ": it has no size of this name, it has ",
                                         sizeOptions(symbols));
    else if (found[symbol - symbols.begin()])
      problem = concat("--size ", name, ": is given twice");
    else if (value < symbol->min || value > symbol->max)
      problem = concat("--size ", name, "=", value, ": must be ", rangeText(*symbol));
    else
      found[symbol - symbols.begin()] = value;
    if (!problem.empty())
      return {};
  }
  std::vector<int64_t> values;
  for (const auto &value : found)
    if (value)
      values.push_back(*value);
  if (values.size() < symbols.size()) {
    problem = "its sizes are not fixed: give a reference file's (--reference FILE), or " +
              sizeOptions(symbols);
    return {};
  }
  return values;
}

} // namespace buddy
