// "2*s31 + s64 + -3" and values for its symbols.
#include "SizeExpression.h"
#include "Require.h"

using buddy::runtime::SizeExpression;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::vector<std::string> names = {"s0", "s31", "batch", "s64"};
  // Two lines, each an expression.
  std::string_view text(reinterpret_cast<const char *>(data), size);
  size_t end = text.find('\n');
  std::string_view other = end == std::string_view::npos ? "" : text.substr(end + 1);
  text = text.substr(0, end);
  auto a = SizeExpression::parse(text, names), b = SizeExpression::parse(other, names);
  if (!a)
    return 0;
  // One expression, one text.
  REQUIRE(a->text(names) == text);
  REQUIRE(SizeExpression::parse(a->text(names), names) == a);
  if (!b)
    b = SizeExpression(3);
  auto sum = SizeExpression::add(*a, *b), product = SizeExpression::multiply(*a, *b);
  REQUIRE(sum == SizeExpression::add(*b, *a));
  REQUIRE(product == SizeExpression::multiply(*b, *a));
  for (int64_t seed : {0, 1, 3, 1000}) {
    int64_t values[] = {seed, 7 * seed, seed * seed, 2 * seed + 1};
    auto first = a->evaluate(values), second = b->evaluate(values);
    int64_t both;
    if (!first || !second)
      continue;
    if (auto value = sum ? sum->evaluate(values) : std::nullopt)
      REQUIRE(!__builtin_add_overflow(*first, *second, &both) && *value == both);
    if (auto value = product ? product->evaluate(values) : std::nullopt)
      REQUIRE(!__builtin_mul_overflow(*first, *second, &both) && *value == both);
  }
  if (sum)
    REQUIRE(SizeExpression::parse(sum->text(names), names) == sum);
  if (product)
    REQUIRE(SizeExpression::parse(product->text(names), names) == product);
  return 0;
}
