// A reader of sympy's srepr, as far as sizes need it.
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <vector>

using namespace llvm;
using namespace buddy;

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

// With these numbers for the symbols.
static std::optional<int64_t> valueOf(const Call &call, ArrayRef<std::string> symbols,
                                      function_ref<int64_t(unsigned)> numbers) {
  if (std::optional<int64_t> number = integerOf(call))
    return number;
  if (call.name == "Symbol" && !call.arguments.empty()) {
    auto at = llvm::find(symbols, call.arguments[0].name);
    unsigned index = at - symbols.begin();
    return at == symbols.end() || index >= kMostSymbols ? std::nullopt
                                                        : std::optional(numbers(index));
  }
  // A power is a product of so many.
  std::vector<Call> factors = call.arguments;
  if (call.name == "Pow") {
    std::optional<int64_t> power = factors.size() == 2 ? integerOf(factors[1]) : std::nullopt;
    if (!power || *power < 1 || *power > 2)
      return std::nullopt;
    factors.assign(*power, Call(factors[0]));
  }
  bool isSum = call.name == "Add";
  if (factors.empty() || (!isSum && call.name != "Mul" && call.name != "Pow"))
    return std::nullopt;
  int64_t result = isSum ? 0 : 1;
  for (const Call &factor : factors) {
    std::optional<int64_t> value = valueOf(factor, symbols, numbers);
    if (!value ||
        (isSum ? AddOverflow(result, *value, result) : MulOverflow(result, *value, result)))
      return std::nullopt;
  }
  return result;
}

std::optional<int64_t> pt2::readSizeExpression(StringRef text, ArrayRef<std::string> symbols) {
  std::optional<Call> call = Parser(text).parse();
  std::optional<int64_t> size = call ? ::valueOf(*call, symbols, standIn) : std::nullopt,
                         other = size ? ::valueOf(*call, symbols, witness) : std::nullopt;
  return other && isReadAs(*size, *other) ? size : std::nullopt;
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
