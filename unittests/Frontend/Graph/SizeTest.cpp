// Arithmetic of sizes: one form for what is the same, values that are those of the expression, and
// bounds that hold.
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MathExtras.h"
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace buddy;

namespace {

class SizeTest : public testing::Test {
protected:
  SizeTest() {
    context.loadDialect<graph::GraphDialect>();
    a = Size::symbol(&context, 0);
    b = Size::symbol(&context, 1);
    c = Size::symbol(&context, 2);
  }
  std::string text(Size size) { return sizeText(size, symbols); }

  MLIRContext context;
  Size a, b, c;
  SmallVector<Symbol> symbols = {{"a", 1, 100}, {"b", 2, kUnbounded}, {"c", 1, 7}};
};

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

} // namespace

TEST_F(SizeTest, NumbersAreNumbers) {
  EXPECT_TRUE(Size(7).isNumber());
  EXPECT_EQ(Size(7) * 6 - 2, Size(40));
  EXPECT_EQ((a - a), Size(0));
  EXPECT_TRUE((a - a).isNumber());
  EXPECT_EQ(Size(kLargest) - 1, Size(kLargest - 1));
  EXPECT_FALSE(a.isNumber());
  EXPECT_EQ(a.asNumber(), std::nullopt);
}

TEST_F(SizeTest, WhatIsTheSameIsEqual) {
  EXPECT_EQ(a + b - a, b);
  EXPECT_EQ((a + 1) * b, a * b + b);
  EXPECT_EQ((a + b) * (a - b), a * a - b * b);
  EXPECT_EQ(Size(2) * a + a, Size(3) * a);
  EXPECT_NE(a + 1, a);
  EXPECT_NE(a * b, a * c);
  EXPECT_EQ(productOf({a, Size(4), b, Size(2)}), Size(8) * b * a);
  EXPECT_EQ(productOf({a, Size(0), Size(kLargest), Size(kLargest)}), Size(0));
}

TEST_F(SizeTest, Quotients) {
  EXPECT_EQ(floorDiv(Size(4) * a + 8, 4), a + 2);
  EXPECT_EQ(floorDiv(Size(5) * a + 3, 2), Size(2) * a + 1 + floorDiv(a + 1, 2));
  EXPECT_EQ(floorDiv(Size(2) * a + 1, 4), floorDiv(a, 2));
  EXPECT_EQ(floorDiv(floorDiv(a, 2), 3), floorDiv(a, 6));
  EXPECT_EQ(floorDiv(-7, 2), Size(-4));
  EXPECT_EQ(floorDiv(a, -1), -a);
  EXPECT_EQ(mod(Size(4) * a + 7, 4), Size(3));
  EXPECT_EQ(mod(Size(5) * a + 6, 4), mod(a + 2, 4));
  EXPECT_EQ(mod(-7, 4), Size(1));
  EXPECT_EQ(mod(-7, -4), Size(-3));
  // b may be zero.
  EXPECT_NE(floorDiv(a * b, b), a);
  EXPECT_FALSE(floorDiv(a, 0).isKnown());
  EXPECT_FALSE(mod(a, 0).isKnown());
}

TEST_F(SizeTest, ExactQuotients) {
  EXPECT_EQ(divideExactly(a * b * 12, a * 4), Size(3) * b);
  EXPECT_EQ(divideExactly(a * a - b * b, a - b), a + b);
  EXPECT_EQ(divideExactly(a * b + b, a + 1), b);
  EXPECT_EQ(divideExactly(a * b + 1, a), std::nullopt);
  EXPECT_EQ(divideExactly(a * 3, 2), std::nullopt);
  EXPECT_EQ(divideExactly(a, 0), std::nullopt);
  EXPECT_EQ(divideExactly(0, a), Size(0));
}

TEST_F(SizeTest, SmallerAndLarger) {
  EXPECT_EQ(min(a, a + 1), a);
  EXPECT_EQ(max(a - 3, a), a);
  EXPECT_EQ(min(3, 5), Size(3));
  EXPECT_EQ(min(a, b), min(b, a));
  EXPECT_EQ(max(max(a, b), c), max(a, max(c, b)));
  EXPECT_EQ(max(max(a, b), a + 2), max(b, a + 2));
  EXPECT_NE(max(a, b), min(a, b));
}

TEST_F(SizeTest, WhatCannotBeCountedIsUnknown) {
  Size large = Size(kLargest);
  for (Size size : {large + 1, large * 2, a * large + a, a * large * 2, Size::unknown() + a,
                    floorDiv(Size::unknown(), 2), max(Size::unknown(), a)}) {
    EXPECT_FALSE(size.isKnown());
    EXPECT_FALSE(size.isNumber());
    EXPECT_FALSE(isAtMost(size, size, symbols));
    EXPECT_EQ(tensorOf({size}, Float32Type::get(&context)), RankedTensorType());
  }
}

// What would take all memory, or years, is unknown.
TEST_F(SizeTest, Endless) {
  Size square = a + b, sums = 1, halves = 0;
  for (int i = 0; i < 64; ++i)
    square *= square;
  EXPECT_FALSE(square.isKnown());
  for (unsigned i = 0; i < 20; ++i) {
    Size sum = 0;
    for (unsigned j = 0; j < 30; ++j)
      sum += Size::symbol(&context, i + j);
    sums *= sum;
    halves += max(floorDiv(Size::symbol(&context, i) + 1, 2), min(a, Size::symbol(&context, i)));
  }
  EXPECT_FALSE(sums.isKnown());
  EXPECT_EQ(leastSize(halves, symbols), 20);
}

TEST_F(SizeTest, Texts) {
  EXPECT_EQ(text(7), "7");
  EXPECT_EQ(text(-7), "-7");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(Size(2) * a * b - 3 + a), "2*a*b + a - 3");
  EXPECT_EQ(text(-a - 1), "-a - 1");
  EXPECT_EQ(text(floorDiv(a + 1, 2)), "(a + 1) // 2");
  EXPECT_EQ(text(floorDiv(a, 2) * 3 + 1), "3*(a // 2) + 1");
  EXPECT_EQ(text(floorDiv(a, 2) * floorDiv(b, 2)), "(a // 2)*(b // 2)");
  EXPECT_EQ(text(max(a, b + 1)), "max(a, b + 1)");
  EXPECT_EQ(text(mod(a, 3)), "a % 3");
  EXPECT_EQ(text(Size::unknown()), "?");
}

TEST_F(SizeTest, Bounds) {
  EXPECT_EQ(leastSize(a * 3 - 5, symbols), -2);
  EXPECT_EQ(largestSize(a * 3 - 5, symbols), 295);
  EXPECT_EQ(largestSize(a * b, symbols), kUnbounded);
  EXPECT_EQ(leastSize(a * b, symbols), 2);
  EXPECT_EQ(leastSize(-b, symbols), -kUnbounded);
  EXPECT_EQ(leastSize(Size::symbol(&context, 9), symbols), 1);
  EXPECT_EQ(largestSize(Size::unknown(), symbols), kUnbounded);
  EXPECT_EQ(leastSize(Size::unknown(), symbols), -kUnbounded);
  EXPECT_EQ(largestSize(floorDiv(a, 2), symbols), 50);
  EXPECT_EQ(largestSize(mod(b, 4), symbols), 3);
  EXPECT_EQ(leastSize(max(a, c), symbols), 1);
  EXPECT_EQ(largestSize(min(b, c), symbols), 7);
}

TEST_F(SizeTest, Comparisons) {
  EXPECT_TRUE(isAtMost(a, 100, symbols));
  EXPECT_FALSE(isAtMost(a, 99, symbols));
  EXPECT_TRUE(isAtMost(b, b, symbols));
  EXPECT_TRUE(isAtMost(a - 1, a, symbols));
  EXPECT_FALSE(isAtMost(a + 1, a, symbols));
  EXPECT_TRUE(isAtMost(b + 1, Size(2) * b, symbols));
  EXPECT_TRUE(isAtMost(b, a * b, symbols));
  EXPECT_FALSE(isAtMost(a * b, b, symbols));
  EXPECT_TRUE(isAtMost(a * c, a * c, symbols));
  EXPECT_TRUE(isAtMost(floorDiv(b, 2), b, symbols));
  EXPECT_TRUE(isAtMost(floorDiv(b, 2) * 2, b, symbols));
  EXPECT_FALSE(isAtMost(b, floorDiv(b, 2) * 2, symbols));
  EXPECT_TRUE(isAtMost(b, floorDiv(b + 1, 2) * 2, symbols));
  EXPECT_TRUE(isAtMost(mod(b, 5), b, symbols));
  EXPECT_TRUE(isAtMost(min(a, b), b, symbols));
  EXPECT_TRUE(isAtMost(b, max(a, b), symbols));
  EXPECT_TRUE(isAtMost(max(a, b) - b, a, symbols)); // both are at least 0
  EXPECT_FALSE(isAtMost(max(a, b), b, symbols));
}

// Random expressions: whatever form they take, their value is that of the operations, and lies
// between the bounds.
TEST_F(SizeTest, RandomExpressions) {
  std::mt19937 random(1);
  auto upTo = [&](int64_t n) { return int64_t(random() % n); };
  SmallVector<Symbol> ranges = {{"a", 1, 9}, {"b", 2, 12}, {"c", 1, 7}};
  for (int program = 0; program < 20000; ++program) {
    int64_t values[] = {1 + upTo(9), 2 + upTo(11), 1 + upTo(7)};
    SmallVector<std::pair<Size, int64_t>> known = {
        {a, values[0]}, {b, values[1]}, {c, values[2]}, {upTo(5), 0}, {-upTo(9), 0}};
    for (auto &[size, value] : known)
      if (size.isNumber())
        value = size.getNumber();
    for (int step = 0; step < 6; ++step) {
      auto [x, p] = known[upTo(known.size())];
      auto [y, q] = known[upTo(known.size())];
      Size size;
      int64_t value;
      switch (upTo(7)) {
      case 0:
        size = x + y, value = p + q;
        break;
      case 1:
        size = x - y, value = p - q;
        break;
      case 2:
        size = x * y, value = p * q;
        break;
      case 3:
        if (q == 0)
          continue;
        size = floorDiv(x, y), value = llvm::divideFloorSigned(p, q);
        break;
      case 4:
        if (q == 0)
          continue;
        size = mod(x, y), value = p - llvm::divideFloorSigned(p, q) * q;
        break;
      case 5:
        size = min(x, y), value = std::min(p, q);
        break;
      default:
        size = max(x, y), value = std::max(p, q);
        break;
      }
      if (std::abs(value) > 1'000'000)
        break;
      ASSERT_TRUE(size.isKnown());
      ASSERT_EQ(valueOf(size, values), std::optional(value)) << sizeText(size, ranges);
      ASSERT_LE(leastSize(size, ranges), value) << sizeText(size, ranges);
      ASSERT_GE(largestSize(size, ranges), value) << sizeText(size, ranges);
      if (isAtMost(x, y, ranges))
        ASSERT_LE(p, q) << sizeText(x, ranges) << " <= " << sizeText(y, ranges);
      if (x == y)
        ASSERT_EQ(p, q);
      if (std::optional<Size> exact = divideExactly(x, y))
        ASSERT_EQ(*valueOf(*exact, values) * q, p);
      ASSERT_EQ((x + y) - y, x);
      ASSERT_EQ((x + y) * y, y * x + y * y);
      ASSERT_EQ(Size::order(x, y), -Size::order(y, x));
      known.push_back({size, value});
    }
  }
}

// While types hold numbers that stand for sizes: there and back.
TEST_F(SizeTest, OfTypes) {
  Type f32 = Float32Type::get(&context);
  SmallVector<Size> sizes = {1, a, a * 2 - 3, a * b * 8, a + b, 1536};
  RankedTensorType type = tensorOf(sizes, f32);
  ASSERT_TRUE(bool(type));
  EXPECT_EQ(sizesOf(type), ArrayRef<Size>(sizes));
  EXPECT_EQ(type.getDimSize(1), standIn(0));
  for (Size size : {floorDiv(a, 2), mod(a, 2), max(a, b), min(a, b), max(a, 4), min(a, b) + 1})
    EXPECT_FALSE(bool(tensorOf({size}, f32)));
  EXPECT_FALSE(bool(tensorOf({a * b * c}, f32)));
}
