// Polynomials of symbols: text there and back, and values against arithmetic in 128 bits.
#include "SizeExpression.h"
#include <gtest/gtest.h>
#include <random>

using buddy::runtime::SizeExpression;

namespace {

const std::vector<std::string> names = {"s31", "s64", "u0"};

// A polynomial, and the same as a list of what was added.
struct Sample {
  SizeExpression expression;
  struct Term {
    int64_t factor;
    std::vector<size_t> symbols;
  };
  std::vector<Term> terms;

  __int128 value(const int64_t *values) const {
    __int128 sum = 0;
    for (const Term &term : terms) {
      __int128 product = term.factor;
      for (size_t symbol : term.symbols)
        product *= values[symbol];
      sum += product;
    }
    return sum;
  }
};

Sample makeSample(std::mt19937 &random, int64_t largestFactor = 20) {
  Sample sample;
  for (size_t count = random() % 6; count > 0; --count) {
    Sample::Term term{int64_t(random() % (2 * largestFactor + 1)) - largestFactor, {}};
    SizeExpression expression(term.factor);
    for (size_t degree = random() % 4; degree > 0; --degree) {
      term.symbols.push_back(random() % names.size());
      expression =
          *SizeExpression::multiply(expression, SizeExpression::symbol(term.symbols.back()));
    }
    sample.terms.push_back(term);
    sample.expression = *SizeExpression::add(sample.expression, expression);
  }
  return sample;
}

TEST(SizeExpression, Text) {
  auto s31 = SizeExpression::symbol(0), s64 = SizeExpression::symbol(1);
  auto sum = [](const SizeExpression &a, const SizeExpression &b) {
    return *SizeExpression::add(a, b);
  };
  auto product = [](const SizeExpression &a, const SizeExpression &b) {
    return *SizeExpression::multiply(a, b);
  };
  EXPECT_EQ(SizeExpression().text(names), "0");
  EXPECT_EQ(SizeExpression(-3).text(names), "-3");
  EXPECT_EQ(s64.text(names), "s64");
  EXPECT_EQ(product(s64, 12).text(names), "12*s64");
  EXPECT_EQ(product(s64, s31).text(names), "s31*s64");
  EXPECT_EQ(sum(1, s64).text(names), "s64 + 1");
  EXPECT_EQ(sum(sum(-3, s64), product(2, s31)).text(names), "2*s31 + s64 + -3");
  EXPECT_EQ(sum(s64, product(product(s64, s64), -1)).text(names), "-1*s64*s64 + s64");
  EXPECT_EQ(sum(s64, product(s64, -1)), SizeExpression(0));
}

TEST(SizeExpression, TextThereAndBack) {
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    SizeExpression expression = makeSample(random).expression;
    std::string text = expression.text(names);
    auto parsed = SizeExpression::parse(text, names);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, expression) << text;
  }
}

// A manifest may have any text: the time goes with its length, not with the square of that.
TEST(SizeExpression, LongTexts) {
  std::string power = "s31";
  for (int i = 1; i < 100000; ++i)
    power += "*s31";
  auto parsed = SizeExpression::parse(power, names);
  ASSERT_TRUE(parsed);
  int64_t ones[3] = {1, 0, 0};
  EXPECT_EQ(parsed->evaluate(ones), 1);
  EXPECT_FALSE(SizeExpression::parse(power + "*", names));

  // The product of two sums is all pairs.
  std::vector<std::string> many;
  std::string sum;
  for (int i = 0; i < 300; ++i) {
    many.push_back("a" + std::to_string(i));
    sum += (i ? " + " : "") + many.back();
  }
  auto factor = SizeExpression::parse(sum, many);
  ASSERT_TRUE(factor);
  auto product = SizeExpression::multiply(*factor, *factor);
  ASSERT_TRUE(product);
  std::string text = product->text(many);
  EXPECT_EQ(text.substr(0, 26), "a0*a0 + 2*a0*a1 + 2*a0*a2 ");
  parsed = SizeExpression::parse(text, many);
  EXPECT_TRUE(parsed == product);
  EXPECT_EQ(parsed->evaluate(std::vector<int64_t>(300, 1).data()), 300 * 300);
}

// Sums that leave 64 bits on the way there, in one order or the other.
TEST(SizeExpression, ProductsDoNotDependOnTheOrder) {
  auto a = SizeExpression::parse("9223372036854775807*s31 + 1*s64", names);
  EXPECT_FALSE(a); // 1*s64 is s64
  a = SizeExpression::parse("9223372036854775807*s31 + 2*s64 + -2", names);
  auto b = SizeExpression::parse("-1*s31 + s64 + 1", names);
  ASSERT_TRUE(a && b);
  auto product = SizeExpression::multiply(*a, *b);
  EXPECT_EQ(product, SizeExpression::multiply(*b, *a));
  auto large = SizeExpression::parse("9223372036854775807*s31 + 9223372036854775807*s64", names);
  auto small = SizeExpression::parse("s31 + s64", names),
       less = SizeExpression::parse("s31 + -1*s64", names);
  ASSERT_TRUE(large && small && less);
  EXPECT_FALSE(SizeExpression::multiply(*large, *small)); // twice that of s31*s64
  EXPECT_EQ(SizeExpression::multiply(*large, *less)->text(names),
            "9223372036854775807*s31*s31 + -9223372036854775807*s64*s64");
}

// Whatever the text is, it is refused or it is the one text of what was read.
TEST(SizeExpression, OtherTextsAreRefused) {
  for (const char *text : {"",
                           " ",
                           "s65",
                           "s6",
                           "s64 ",
                           " s64",
                           "s64+1",
                           "1 + s64",
                           "s64*2",
                           "1*s64",
                           "0*s64",
                           "s64 + 0",
                           "s64 + s64",
                           "s64 - 1",
                           "s64*s31",
                           "s64*",
                           "*s64",
                           "s64 + ",
                           " + s64",
                           "2**s64",
                           "+2*s64",
                           "007",
                           "-0",
                           "0x10",
                           "1.5",
                           "2*3",
                           "2*3*s64",
                           "(s64)",
                           "s64 + -s31",
                           "s64 + 1 + 2",
                           "9223372036854775808",
                           "S64",
                           "s64\n",
                           "--1",
                           "1e3"})
    EXPECT_FALSE(SizeExpression::parse(text, names)) << text;
  EXPECT_FALSE(SizeExpression::parse(std::string_view("s64\0", 4), names));
  std::mt19937 random(2);
  const std::string alphabet = "s6431u0*+- ";
  for (int round = 0; round < 20000; ++round) {
    std::string text = makeSample(random).expression.text(names);
    for (size_t edits = 1 + random() % 3; edits > 0; --edits) {
      char with = alphabet[random() % alphabet.size()];
      size_t at = random() % (text.size() + 1);
      if (at < text.size() && random() % 2)
        text[at] = with;
      else
        text.insert(at, 1, with);
    }
    if (auto parsed = SizeExpression::parse(text, names))
      EXPECT_EQ(parsed->text(names), text);
  }
}

TEST(SizeExpression, ValuesAreThoseOfArithmetic) {
  std::mt19937_64 wide(3);
  std::mt19937 random(3);
  size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    // Small values, and values around which products of three leave 64 bits.
    int64_t bound = round % 2 ? 50 : 3000000;
    Sample sample = makeSample(random);
    int64_t values[3];
    for (int64_t &value : values)
      value = wide() % bound;
    __int128 expected = sample.value(values);
    auto value = sample.expression.evaluate(values);
    if (value)
      EXPECT_EQ(static_cast<__int128>(*value), expected);
    else
      ++refused;
    if (round % 2)
      EXPECT_TRUE(value);
  }
  EXPECT_GT(refused, 0u);
}

TEST(SizeExpression, ArithmeticKeepsValues) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    Sample a = makeSample(random), b = makeSample(random);
    auto sum = SizeExpression::add(a.expression, b.expression);
    auto product = SizeExpression::multiply(a.expression, b.expression);
    ASSERT_TRUE(sum && product);
    int64_t values[3];
    for (int64_t &value : values)
      value = random() % 20;
    EXPECT_EQ(sum->evaluate(values), int64_t(a.value(values) + b.value(values)));
    EXPECT_EQ(product->evaluate(values), int64_t(a.value(values) * b.value(values)));
    EXPECT_EQ(sum, SizeExpression::add(b.expression, a.expression));
    EXPECT_EQ(product, SizeExpression::multiply(b.expression, a.expression));
  }
}

TEST(SizeExpression, OverflowIsRefused) {
  constexpr int64_t largest = INT64_MAX;
  auto s64 = SizeExpression::symbol(1);
  EXPECT_FALSE(SizeExpression::add(largest, 1));
  EXPECT_FALSE(SizeExpression::multiply(largest, 2));
  EXPECT_FALSE(SizeExpression::multiply(*SizeExpression::multiply(s64, largest), -2));
  auto big = SizeExpression::parse("9223372036854775807*s64 + 1", names);
  ASSERT_TRUE(big);
  int64_t one[3] = {1, 1, 1}, none[3] = {0, 0, 0};
  EXPECT_FALSE(big->evaluate(one));
  EXPECT_EQ(big->evaluate(none), 1);
  EXPECT_FALSE(SizeExpression::parse("9223372036854775807*s64 + 9223372036854775807*s64", names));
  auto square = SizeExpression::multiply(s64, s64);
  int64_t large[3] = {0, int64_t(1) << 32, 1};
  EXPECT_FALSE(square->evaluate(large));
  // 0 times whatever there is.
  EXPECT_EQ(SizeExpression::multiply(*square, SizeExpression::symbol(0))->evaluate(large), 0);
}

TEST(SizeExpression, TellsWhatItIs) {
  auto s64 = SizeExpression::symbol(1);
  EXPECT_EQ(SizeExpression(0).constant(), 0);
  EXPECT_EQ(SizeExpression(5).constant(), 5);
  EXPECT_FALSE(s64.constant());
  EXPECT_EQ(s64.bareSymbol(), 1u);
  for (const char *text : {"2*s64", "s64 + 1", "s64*s64", "7", "0", "s31*s64"})
    EXPECT_FALSE(SizeExpression::parse(text, names)->bareSymbol()) << text;
  EXPECT_TRUE(SizeExpression::parse("s31*s64 + u0", names)->uses(2));
  EXPECT_FALSE(SizeExpression::parse("s31*s64 + 2", names)->uses(2));
}

} // namespace
