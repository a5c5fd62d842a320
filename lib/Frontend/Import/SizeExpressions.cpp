// A reader of sympy's srepr, as far as sizes need it.
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <vector>

using namespace llvm;
using namespace buddy;
using pt2::SizeSymbols;

namespace {

// Name(argument, ...): arguments are calls again, numbers, or quoted names; `key=value` is skipped.
struct Call {
  StringRef name; // of the function; of a leaf its text
  bool isQuoted = false;
  std::vector<Call> arguments;
};

class Parser {
public:
  explicit Parser(StringRef text) : rest(text) {}

  std::optional<Call> parse() {
    std::optional<Call> call = parseCall(0);
    return call && rest.trim().empty() ? call : std::nullopt;
  }

private:
  std::optional<Call> parseCall(int depth) {
    rest = rest.ltrim();
    Call call;
    if (depth > 64 || rest.empty())
      return std::nullopt;
    if (rest.consume_front("'")) {
      size_t end = rest.find('\'');
      if (end == StringRef::npos)
        return std::nullopt;
      call.name = rest.take_front(end);
      call.isQuoted = true;
      rest = rest.drop_front(end + 1);
      return call;
    }
    call.name =
        rest.take_while([](char c) { return isAlnum(c) || c == '_' || c == '-' || c == '.'; });
    if (call.name.empty())
      return std::nullopt;
    rest = rest.drop_front(call.name.size()).ltrim();
    if (!rest.consume_front("("))
      return call;
    rest = rest.ltrim();
    while (!rest.consume_front(")")) {
      std::optional<Call> argument = parseCall(depth + 1);
      if (!argument)
        return std::nullopt;
      rest = rest.ltrim();
      if (rest.consume_front("=")) { // positive=True
        if (!parseCall(depth + 1))
          return std::nullopt;
        rest = rest.ltrim();
      } else {
        call.arguments.push_back(std::move(*argument));
      }
      if (!rest.consume_front(",") && !rest.starts_with(")"))
        return std::nullopt;
      rest = rest.ltrim();
    }
    return call;
  }

  StringRef rest;
};

} // namespace

static std::optional<int64_t> integerOf(const Call &call) {
  int64_t value;
  bool isInteger = call.name == "Integer" && call.arguments.size() == 1 &&
                   !call.arguments[0].name.getAsInteger(10, value);
  return isInteger ? std::optional(value) : std::nullopt;
}

static Size sizeOf(const Call &call, const SizeSymbols &symbols) {
  if (std::optional<int64_t> number = integerOf(call))
    return *number;
  if (call.name == "Symbol" && !call.arguments.empty()) {
    auto at = llvm::find(symbols.names, call.arguments[0].name);
    return at == symbols.names.end() ? Size::unknown()
                                     : Size::symbol(symbols.context, at - symbols.names.begin());
  }
  if (call.arguments.empty())
    return Size::unknown();
  Size result = sizeOf(call.arguments[0], symbols);
  if (call.name == "Pow") {
    std::optional<int64_t> power =
        call.arguments.size() == 2 ? integerOf(call.arguments[1]) : std::nullopt;
    return power == 1 ? result : power == 2 ? result * result : Size::unknown();
  }
  // torch.utils._sympy.functions has what is not sympy's; CleanDiv is FloorDiv without a rest.
  bool isBinary = call.arguments.size() == 2;
  for (const Call &argument : ArrayRef(call.arguments).drop_front()) {
    Size other = sizeOf(argument, symbols);
    if (call.name == "Add")
      result += other;
    else if (call.name == "Mul")
      result *= other;
    else if (call.name == "Min")
      result = min(result, other);
    else if (call.name == "Max")
      result = max(result, other);
    else if (isBinary && (call.name == "FloorDiv" || call.name == "CleanDiv"))
      result = floorDiv(result, other);
    else if (isBinary && (call.name == "Mod" || call.name == "PythonMod"))
      result = mod(result, other);
    else
      return Size::unknown();
  }
  bool isKnown = llvm::is_contained({"Add", "Mul", "Min", "Max"}, call.name) || isBinary;
  return isKnown ? result : Size::unknown();
}

Size pt2::readSizeExpression(StringRef text, const SizeSymbols &symbols) {
  std::optional<Call> call = Parser(text).parse();
  return call ? sizeOf(*call, symbols) : Size::unknown();
}

static std::string show(const Call &call, bool inProduct) {
  if (call.arguments.empty())
    return call.name.str();
  if (call.name == "Integer" || call.name == "Symbol")
    return call.arguments[0].name.str();
  bool isSum = call.name == "Add", isProduct = call.name == "Mul";
  std::string text;
  for (const Call &argument : call.arguments)
    text += (text.empty() ? ""
             : isSum      ? " + "
             : isProduct  ? "*"
                          : ", ") +
            show(argument, /*inProduct=*/isProduct);
  if (!isSum && !isProduct)
    return call.name.str() + "(" + text + ")";
  return isSum && inProduct ? "(" + text + ")" : text;
}

std::string pt2::showSizeExpression(StringRef text) {
  std::optional<Call> call = Parser(text).parse();
  return call ? show(*call, /*inProduct=*/false) : text.str();
}
