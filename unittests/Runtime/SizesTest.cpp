// Values of symbols from the command line.
#include "Sizes.h"
#include "Contains.h"

using namespace buddy;
using runtime::SymbolSpec;

namespace {

std::vector<SymbolSpec> symbols() {
  std::vector<SymbolSpec> result(2);
  result[0].name = "batch";
  result[0].min = 1;
  result[1].name = "s64";
  result[1].min = 2;
  result[1].max = 100;
  return result;
}

std::string problemWith(const Sizes &sizes, const std::vector<SymbolSpec> &of = symbols()) {
  std::string problem;
  EXPECT_TRUE(valuesOf(sizes, of, problem).empty());
  return problem;
}

TEST(Sizes, Text) {
  EXPECT_EQ(parseSize("s64=40"), std::pair(std::string("s64"), int64_t(40)));
  EXPECT_EQ(parseSize("s64=-1"), std::pair(std::string("s64"), int64_t(-1)));
  for (const char *text : {"", "s64", "=40", "s64=", "s64=x", "s64=40x", "s64= 40", "s64=4=0",
                           "s64=99999999999999999999"})
    EXPECT_FALSE(parseSize(text)) << text;
}

TEST(Sizes, Values) {
  std::string problem;
  EXPECT_EQ(valuesOf({{"s64", 100}, {"batch", 7}}, symbols(), problem),
            (std::vector<int64_t>{7, 100}));
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(valuesOf({}, {}, problem).empty());
  EXPECT_EQ(problem, "");
}

TEST(Sizes, Problems) {
  EXPECT_CONTAINS(problemWith({{"s65", 1}}),
                  "--size s65: it has no size of this name, it has --size batch=N (at least 1) "
                  "--size s64=N (2 to 100)");
  EXPECT_CONTAINS(problemWith({{"s64", 1}}), "--size s64=1: must be 2 to 100");
  EXPECT_CONTAINS(problemWith({{"batch", 0}}), "--size batch=0: must be at least 1");
  EXPECT_CONTAINS(problemWith({{"s64", 4}, {"s64", 4}}), "--size s64: is given twice");
  EXPECT_CONTAINS(problemWith({{"s64", 4}}), "its sizes are not fixed");
  EXPECT_CONTAINS(problemWith({{"s64", 4}}, {}), "--size s64: its sizes are fixed");
}

} // namespace
