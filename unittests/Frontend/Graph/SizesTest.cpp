// Sizes as numbers, and back: no two of the forms that are told apart have a number in common.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace buddy;

namespace {

constexpr int64_t kFactors = int64_t(1) << 20;    // of a product of symbols
constexpr int64_t kOffsets = int64_t(1) << 20;    // of a multiple of one symbol
constexpr int64_t kSumOffsets = int64_t(1) << 16; // of a sum of two

// "2*s0 + s1*s2 - 3"; "" if it cannot be read.
std::string shown(int64_t size) {
  std::string text;
  std::optional<SmallVector<SizeTerm>> terms = readSize(size);
  for (const SizeTerm &term : terms ? *terms : SmallVector<SizeTerm>()) {
    text += (text.empty() ? "" : " + ") + std::to_string(term.coefficient);
    for (unsigned symbol : term.symbols)
      text += "*s" + std::to_string(symbol);
  }
  return text;
}

// Products of at most three symbols that fit in 64 bits: all but those of three.
struct Product {
  SmallVector<unsigned, 3> symbols;
  int64_t value;
};
SmallVector<Product> products() {
  SmallVector<Product> result;
  for (unsigned i = 0; i < kMostSymbols; ++i) {
    result.push_back({{i}, standIn(i)});
    for (unsigned j = i; j < kMostSymbols; ++j)
      result.push_back({{i, j}, standIn(i) * standIn(j)});
  }
  return result;
}

void expectTerms(int64_t size, ArrayRef<SizeTerm> expected) {
  std::optional<SmallVector<SizeTerm>> terms = readSize(size);
  ASSERT_TRUE(terms.has_value()) << size;
  ASSERT_EQ(terms->size(), expected.size()) << size << " was read as " << shown(size);
  for (auto [term, other] : llvm::zip_equal(*terms, expected)) {
    ASSERT_EQ(term.coefficient, other.coefficient) << size << " was read as " << shown(size);
    ASSERT_EQ(term.symbols, other.symbols) << size << " was read as " << shown(size);
  }
}

// Number -> expression -> number.
void expectReturns(MLIRContext *context, int64_t size) {
  AffineMap map = sizesMap(context, {size}, kMostSymbols);
  ASSERT_TRUE(bool(map)) << size;
  EXPECT_EQ(sizeOf(map.getResult(0)), std::optional(size)) << shown(size);
  EXPECT_EQ(numberOfSize(sizeOfNumber(context, size)), std::optional(size)) << shown(size);
}

// Steps from -limit to limit that meet both ends, zero's neighbours and odd places between.
SmallVector<int64_t> offsets(int64_t limit) {
  SmallVector<int64_t> result = {-limit, -1, 0, 1, limit};
  for (int64_t at = 3; at < limit; at = at * 3 + 1)
    result.append({at, -at});
  return result;
}

} // namespace

TEST(Sizes, NumbersStayNumbers) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  for (int64_t magnitude : offsets(kLargestNumber)) {
    EXPECT_FALSE(isSymbolic(magnitude));
    expectTerms(magnitude, {{magnitude, {}}});
    expectReturns(&context, magnitude);
  }
  EXPECT_TRUE(isSymbolic(kLargestNumber + 1));
  EXPECT_TRUE(isSymbolic(-kLargestNumber - 1));
}

TEST(Sizes, Products) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  for (const Product &product : products()) {
    for (int64_t factor = 1; factor <= kFactors; factor += factor < 4096 ? 1 : 997) {
      int64_t size;
      if (llvm::MulOverflow(product.value, factor, size))
        break;
      expectTerms(size, {{factor, product.symbols}});
      expectTerms(-size, {{-factor, product.symbols}});
      if (factor < 20)
        expectReturns(&context, size);
    }
    int64_t most;
    if (!llvm::MulOverflow(product.value, kFactors, most))
      expectTerms(most, {{kFactors, product.symbols}});
  }
}

TEST(Sizes, OneSymbolAndANumber) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  for (unsigned symbol = 0; symbol < kMostSymbols; ++symbol)
    for (int64_t factor = 1; factor <= 16; ++factor)
      for (int64_t offset : offsets(kOffsets)) {
        if (!offset)
          continue;
        int64_t size = factor * standIn(symbol) + offset;
        expectTerms(size, {{factor, {symbol}}, {offset, {}}});
        expectTerms(-size, {{-factor, {symbol}}, {-offset, {}}});
        expectReturns(&context, size);
        expectReturns(&context, -size);
      }
}

TEST(Sizes, TwoSymbolsAndANumber) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  for (unsigned i = 0; i < kMostSymbols; ++i)
    for (unsigned j = i + 1; j < kMostSymbols; ++j)
      for (int64_t a = 1; a <= 8; ++a)
        for (int64_t b = 1; b <= 8; ++b)
          for (int64_t offset : offsets(kSumOffsets)) {
            int64_t size = a * standIn(i) + b * standIn(j) + offset;
            SmallVector<SizeTerm> terms = {{a, {i}}, {b, {j}}};
            if (offset)
              terms.push_back({offset, {}});
            expectTerms(size, terms);
            expectReturns(&context, size);
          }
}

// What the samples above leave out: the whole ranges of numbers that each form covers are apart.
TEST(Sizes, FormsHaveNoNumberInCommon) {
  struct Range {
    int64_t center, radius;
    std::string form;
  };
  std::vector<Range> ranges = {{0, kLargestNumber, "number"}};
  int64_t most = 0; // beyond the sums there are only products
  for (unsigned i = 0; i < kMostSymbols; ++i)
    for (int64_t a = 1; a <= 16; ++a) {
      ranges.push_back({a * standIn(i), kOffsets, std::to_string(a) + "*s" + std::to_string(i)});
      for (unsigned j = i + 1; a <= 8 && j < kMostSymbols; ++j)
        for (int64_t b = 1; b <= 8; ++b)
          ranges.push_back({a * standIn(i) + b * standIn(j), kSumOffsets,
                            std::to_string(a) + "*s" + std::to_string(i) + " + " +
                                std::to_string(b) + "*s" + std::to_string(j)});
      most = std::max(most, ranges.back().center + 2 * kOffsets);
    }
  for (const Product &product : products())
    for (int64_t factor = product.symbols.size() == 1 ? 17 : 1; factor * product.value <= most;
         ++factor)
      ranges.push_back({factor * product.value, 0, shown(factor * product.value)});
  llvm::sort(ranges, [](const Range &a, const Range &b) { return a.center < b.center; });
  // Ranges of several lengths: with the one before alone a long one further back would be missed.
  int64_t end = ranges[0].center + ranges[0].radius;
  for (size_t i = 1; i < ranges.size(); ++i) {
    EXPECT_GT(ranges[i].center - ranges[i].radius, end)
        << ranges[i].form << " against " << ranges[i - 1].form;
    end = std::max(end, ranges[i].center + ranges[i].radius);
  }
}

// One beyond each limit, and what is no form at all.
TEST(Sizes, WhatCannotBeRead) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  int64_t s0 = standIn(0), s1 = standIn(1), s2 = standIn(2);
  for (int64_t size : {
           (kFactors + 1) * s0,
           s0 + kOffsets + 1,
           s0 - kOffsets - 1,
           17 * s0 + 1,
           s0 + s1 + kSumOffsets + 1,
           9 * s0 + s1,
           s0 * s1 + 1,
           s0 * s0 - s1,
           s0 + s1 + s2,
           kLargestNumber + 1,
           -kLargestNumber - 1,
           std::numeric_limits<int64_t>::max(),
           std::numeric_limits<int64_t>::min(),
       }) {
    EXPECT_EQ(shown(size), "") << size;
    EXPECT_FALSE(bool(sizesMap(&context, {4, size}, 3))) << size;
  }
}

TEST(Sizes, Maps) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  int64_t s0 = standIn(0), s1 = standIn(1);
  AffineMap map = sizesMap(&context, {1, s0, 8 * s0 * s1, 2 * s0 - 3, 1536}, 2);
  ASSERT_TRUE(bool(map));
  EXPECT_EQ(map, cast<AffineMapAttr>(parseAttribute("affine_map<()[s0, s1] -> (1, s0, s0 * s1 * 8, "
                                                    "s0 * 2 - 3, 1536)>",
                                                    &context))
                     .getValue());
  SmallVector<int64_t> sizes;
  for (AffineExpr expr : map.getResults())
    sizes.push_back(sizeOf(expr).value_or(0));
  EXPECT_EQ(sizes, (SmallVector<int64_t>{1, s0, 8 * s0 * s1, 2 * s0 - 3, 1536}));
  // Sums and products only; no dimensions, no symbol without a stand-in, nothing beyond 64 bits.
  for (const char *text :
       {"affine_map<()[s0] -> (s0 floordiv 2)>", "affine_map<()[s0] -> (s0 mod 2)>",
        "affine_map<()[s0] -> (s0 ceildiv 4 + 1)>", "affine_map<(d0) -> (d0)>",
        "affine_map<()[s0, s1, s2, s3] -> (s3)>", "affine_map<()[s0] -> (s0 * s0 * s0 + 1)>"}) {
    auto attribute = cast<AffineMapAttr>(parseAttribute(text, &context));
    EXPECT_EQ(sizeOf(attribute.getValue().getResult(0)), std::nullopt) << text;
  }
}

TEST(Sizes, ListOfSymbols) {
  MLIRContext context;
  context.loadDialect<graph::GraphDialect>();
  auto parsed = [&](const std::string &list) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
        "module attributes {buddy.symbols = " + list + "} {}", &context);
    return module ? symbolsOf(*module) : SmallVector<Symbol>{{"does not parse"}};
  };
  SmallVector<Symbol> symbols = parsed("[{name = \"a\", min = 2 : i64, max = 100 : i64}, "
                                       "{name = \"b\", min = 1 : i64}]");
  ASSERT_EQ(symbols.size(), 2u);
  EXPECT_EQ(symbols[0].name, "a");
  EXPECT_EQ(symbols[0].min, 2);
  EXPECT_EQ(symbols[0].max, 100);
  EXPECT_EQ(symbols[1].max, kUnbounded);
  EXPECT_EQ(symbolsAttr(&context, symbols),
            parseAttribute("[{max = 100 : i64, min = 2 : i64, name = \"a\"}, "
                           "{min = 1 : i64, name = \"b\"}]",
                           &context));
  for (const char *list : {"\"a\"", "[\"a\"]", "[{name = \"a\"}]", "[{min = 1 : i64}]",
                           "[{name = \"a\", min = 1 : i64}, {name = \"b\", min = 1 : i64}, "
                           "{name = \"c\", min = 1 : i64}, {name = \"d\", min = 1 : i64}]"})
    EXPECT_TRUE(parsed(list).empty()) << list;
}
