// A size that depends on a program's symbols: "s64", "12*s64", "2*s31 + s64 + -3".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace buddy::runtime {

// A polynomial in the symbols with whole factors of 64 bits. A symbol is its number in the entry's
// list; names are only for the text. Equal polynomials are equal objects and have one text.
class SizeExpression {
public:
  // A size that is fixed. Implicit: most are.
  SizeExpression(int64_t value = 0);
  static SizeExpression symbol(size_t number);

  // Reads what text() prints with these names; nothing if it is anything else: another order, a
  // name that is not there, a number beyond 64 bits.
  static std::optional<SizeExpression> parse(std::string_view text,
                                             const std::vector<std::string> &names);
  // Terms joined by " + ", the highest degree first; a term is a factor, unless it is 1, and names
  // joined by "*".
  std::string text(const std::vector<std::string> &names) const;

  // The value for these values of the symbols, which may not be negative; nothing if it or a part
  // of the sum does not fit in 64 bits. Allocates nothing.
  std::optional<int64_t> evaluate(const int64_t *values) const;

  // Nothing if a factor does not fit in 64 bits.
  static std::optional<SizeExpression> add(const SizeExpression &a, const SizeExpression &b);
  static std::optional<SizeExpression> multiply(const SizeExpression &a, const SizeExpression &b);

  std::optional<int64_t> constant() const;  // the value, if there is no symbol in it
  std::optional<size_t> bareSymbol() const; // the symbol, if it is that alone
  bool uses(size_t symbol) const;

  bool operator==(const SizeExpression &other) const = default;

private:
  struct Term {
    std::vector<size_t> symbols; // ascending; a power is a repetition
    int64_t factor = 0;
    bool operator==(const Term &other) const = default;
  };
  // Whether the term of these symbols comes first in the text.
  static bool isBefore(const std::vector<size_t> &a, const std::vector<size_t> &b);
  static std::optional<SizeExpression> parseTerm(std::string_view text,
                                                 const std::vector<std::string> &names);

  std::vector<Term> terms; // in the text's order; none has the factor 0
};

} // namespace buddy::runtime
