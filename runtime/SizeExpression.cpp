// Arithmetic of polynomials, and their text.
#include "SizeExpression.h"
#include <algorithm>
#include <charconv>

namespace buddy::runtime {

SizeExpression::SizeExpression(int64_t value) {
  if (value)
    terms.push_back({{}, value});
}

SizeExpression SizeExpression::symbol(size_t number) {
  SizeExpression result;
  result.terms.push_back({{number}, 1});
  return result;
}

bool SizeExpression::isBefore(const std::vector<size_t> &a, const std::vector<size_t> &b) {
  return a.size() != b.size() ? a.size() > b.size() : a < b;
}

std::optional<SizeExpression> SizeExpression::add(const SizeExpression &a,
                                                  const SizeExpression &b) {
  SizeExpression sum;
  auto left = a.terms.begin(), right = b.terms.begin();
  while (left != a.terms.end() || right != b.terms.end()) {
    if (right == b.terms.end() ||
        (left != a.terms.end() && isBefore(left->symbols, right->symbols))) {
      sum.terms.push_back(*left++);
    } else if (left == a.terms.end() || isBefore(right->symbols, left->symbols)) {
      sum.terms.push_back(*right++);
    } else {
      int64_t factor;
      if (__builtin_add_overflow(left->factor, right->factor, &factor))
        return std::nullopt;
      if (factor)
        sum.terms.push_back({left->symbols, factor});
      ++left;
      ++right;
    }
  }
  return sum;
}

std::optional<SizeExpression> SizeExpression::multiply(const SizeExpression &a,
                                                       const SizeExpression &b) {
  std::vector<Term> parts;
  for (const Term &left : a.terms)
    for (const Term &right : b.terms) {
      Term &part = parts.emplace_back();
      if (__builtin_mul_overflow(left.factor, right.factor, &part.factor))
        return std::nullopt;
      std::merge(left.symbols.begin(), left.symbols.end(), right.symbols.begin(),
                 right.symbols.end(), std::back_inserter(part.symbols));
    }
  std::sort(parts.begin(), parts.end(), [](const Term &left, const Term &right) {
    return isBefore(left.symbols, right.symbols);
  });
  SizeExpression product;
  for (auto part = parts.begin(); part != parts.end();) {
    auto first = part;
    // Wider, so that the order of the sum is of no account.
    __int128 factor = 0;
    for (; part != parts.end() && part->symbols == first->symbols; ++part)
      factor += part->factor;
    if (factor != int64_t(factor))
      return std::nullopt;
    if (factor)
      product.terms.push_back({std::move(first->symbols), int64_t(factor)});
  }
  return product;
}

// One term, also if its factor is 0.
std::optional<SizeExpression> SizeExpression::parseTerm(std::string_view text,
                                                        const std::vector<std::string> &names) {
  SizeExpression result;
  Term &term = result.terms.emplace_back(Term{{}, 1});
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find('*', begin), text.size());
    std::string_view part = text.substr(begin, end - begin);
    auto name = std::find(names.begin(), names.end(), part);
    if (name != names.end()) {
      term.symbols.push_back(name - names.begin());
    } else {
      auto [rest, error] = std::from_chars(part.begin(), part.end(), term.factor);
      if (begin != 0 || error != std::errc() || rest != part.end())
        return std::nullopt;
    }
    begin = end + 1;
  }
  if (!std::is_sorted(term.symbols.begin(), term.symbols.end()))
    return std::nullopt;
  return result;
}

std::optional<SizeExpression> SizeExpression::parse(std::string_view text,
                                                    const std::vector<std::string> &names) {
  constexpr std::string_view plus = " + ";
  SizeExpression result;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(plus, begin), text.size());
    auto part = parseTerm(text.substr(begin, end - begin), names);
    if (!part)
      return std::nullopt;
    Term &term = part->terms.front();
    if (!result.terms.empty() && !isBefore(result.terms.back().symbols, term.symbols))
      return std::nullopt;
    if (term.factor)
      result.terms.push_back(std::move(term));
    begin = end == text.size() ? end + 1 : end + plus.size();
  }
  // So a size has one text alone, and whoever compares texts compares sizes.
  if (result.text(names) != text)
    return std::nullopt;
  return result;
}

std::string SizeExpression::text(const std::vector<std::string> &names) const {
  if (terms.empty())
    return "0";
  std::string text;
  for (const Term &term : terms) {
    if (&term != terms.data())
      text += " + ";
    bool showsFactor = term.factor != 1 || term.symbols.empty();
    if (showsFactor)
      text += std::to_string(term.factor);
    for (size_t i = 0; i < term.symbols.size(); ++i)
      text += (i || showsFactor ? "*" : "") + names[term.symbols[i]];
  }
  return text;
}

std::optional<int64_t> SizeExpression::evaluate(const int64_t *values) const {
  int64_t sum = 0;
  for (const Term &term : terms) {
    // First, for the rest of a product that is 0 may be beyond 64 bits.
    if (std::any_of(term.symbols.begin(), term.symbols.end(),
                    [&](size_t symbol) { return values[symbol] == 0; }))
      continue;
    int64_t product = term.factor;
    for (size_t symbol : term.symbols)
      if (__builtin_mul_overflow(product, values[symbol], &product))
        return std::nullopt;
    if (__builtin_add_overflow(sum, product, &sum))
      return std::nullopt;
  }
  return sum;
}

std::optional<int64_t> SizeExpression::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() > 1 || !terms[0].symbols.empty())
    return std::nullopt;
  return terms[0].factor;
}

std::optional<size_t> SizeExpression::bareSymbol() const {
  if (terms.size() != 1 || terms[0].symbols.size() != 1 || terms[0].factor != 1)
    return std::nullopt;
  return terms[0].symbols[0];
}

bool SizeExpression::uses(size_t symbol) const {
  return std::any_of(terms.begin(), terms.end(), [&](const Term &term) {
    return std::find(term.symbols.begin(), term.symbols.end(), symbol) != term.symbols.end();
  });
}

} // namespace buddy::runtime
