// Sizes as sympy's srepr writes them.
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "Contains.h"
#include "TestArchive.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::pt2;
using namespace buddy::test;

// As torch.export writes them, with the assumptions in the order that sympy happens to have.
#define S64 "Symbol('s64', positive=True, integer=True)"
#define S0 "Symbol('s0', integer=True, positive=True)"

namespace {

class SizeExpressions : public testing::Test {
protected:
  SizeExpressions() {
    context.loadDialect<graph::GraphDialect>();
    s64 = Size::symbol(&context, 0);
    s0 = Size::symbol(&context, 1);
  }
  Size read(llvm::StringRef text) { return readSizeExpression(text, {&context, symbols}); }

  mlir::MLIRContext context;
  std::vector<std::string> symbols = {"s64", "s0"};
  Size s64, s0;
};

} // namespace

TEST_F(SizeExpressions, SumsAndProducts) {
  EXPECT_EQ(read("Integer(40)"), Size(40));
  EXPECT_EQ(read("Integer(-1)"), Size(-1));
  EXPECT_EQ(read(S64), s64);
  EXPECT_EQ(read("Symbol('s64')"), s64);
  EXPECT_EQ(read("Add(" S64 ", Integer(1))"), s64 + 1);
  EXPECT_EQ(read("Mul(Integer(12), " S64 ")"), s64 * 12);
  EXPECT_EQ(read("Mul(" S0 ", " S64 ")"), s0 * s64);
  EXPECT_EQ(read("Add(Mul(Integer(2), " S0 "), " S64 ", Integer(-3))"), s0 * 2 + s64 - 3);
  EXPECT_EQ(read("Mul(Integer(4), Add(" S64 ", Integer(1)))"), s64 * 4 + 4);
  EXPECT_EQ(read("Pow(" S64 ", Integer(2))"), s64 * s64);
  EXPECT_EQ(read(" Add( " S64 " ,Integer(1) ) "), s64 + 1);
  EXPECT_EQ(read("Mul(" S64 ", Add(" S64 ", Integer(1)))"), s64 * s64 + s64);
  EXPECT_EQ(read("Add(" S64 ", Mul(Integer(-1), " S0 "))"), s64 - s0);
  // Numbered as listed, whatever the order in the text.
  symbols = {"s0", "s64"};
  EXPECT_EQ(read(S64), Size::symbol(&context, 1));
}

TEST_F(SizeExpressions, Quotients) {
  EXPECT_EQ(read("FloorDiv(" S64 ", Integer(2))"), floorDiv(s64, 2));
  EXPECT_EQ(read("CleanDiv(" S64 ", Integer(2))"), floorDiv(s64, 2));
  EXPECT_EQ(read("Mod(" S64 ", Integer(2))"), mod(s64, 2));
  EXPECT_EQ(read("PythonMod(" S64 ", Integer(2))"), mod(s64, 2));
  EXPECT_EQ(read("Max(" S0 ", " S64 ", Integer(1))"), max(max(s0, s64), 1));
  EXPECT_EQ(read("Min(" S0 ", " S64 ")"), min(s0, s64));
  EXPECT_EQ(read("Add(" S64 ", FloorDiv(" S64 ", Integer(2)))"), s64 + floorDiv(s64, 2));
}

TEST_F(SizeExpressions, OthersAreNotRead) {
  for (const char *text : {
           "Mul(Rational(1, 2), " S64 ")",
           "FloorDiv(" S64 ")",
           "FloorDiv(" S64 ", Integer(2), Integer(2))",
           "FloorDiv(" S64 ", Integer(0))",
           "Abs(" S64 ")",
           "IntTrueDiv(" S64 ", Integer(2))",
           "Pow(" S64 ", Integer(-1))",
           "Pow(" S64 ", Integer(4))",
           "Pow(Integer(2), " S64 ")",
           "Symbol('u0', integer=True)",
           "Symbol()",
           "Integer()",
           "Integer(1.5)",
           "Integer(99999999999999999999)",
           "Mul(Integer(9223372036854775807), Integer(2), " S64 ")",
       })
    EXPECT_FALSE(read(text).isKnown()) << text;
}

TEST_F(SizeExpressions, BrokenText) {
  for (const char *text : {"", " ", "s64 + 1", "Add(", "Add(" S64, "Add(" S64 ",",
                           "Add(" S64 " Integer(1))", "Integer(1))", "Integer(1) Integer(2)",
                           "Symbol('s64", "Symbol('s64', positive=)", "(Integer(1))", "Add(,)"})
    EXPECT_FALSE(read(text).isKnown()) << text;
  // Not the stack's depth says how deep is too deep.
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "Add(";
  EXPECT_FALSE(read(deep).isKnown());
}

TEST_F(SizeExpressions, AsPeopleWriteThem) {
  EXPECT_EQ(showSizeExpression("Integer(7)"), "7");
  EXPECT_EQ(showSizeExpression("Mul(Integer(12), " S64 ")"), "12*s64");
  EXPECT_EQ(showSizeExpression("Add(Mul(Integer(2), " S64 "), Integer(-1))"), "2*s64 + -1");
  EXPECT_EQ(showSizeExpression("Mul(" S64 ", Add(" S64 ", Integer(1)))"), "s64*(s64 + 1)");
  EXPECT_EQ(showSizeExpression("FloorDiv(" S64 ", Integer(2))"), "FloorDiv(s64, 2)");
  EXPECT_EQ(showSizeExpression("s64 + 1"), "s64 + 1");
}

// y = relu(x) of an input of this size and 4, with these range_constraints.
static ImportOutcome importSize(const std::string &expression, const std::string &ranges) {
  ProgramJson program;
  program.nodes = node("torch.ops.aten.relu.default", tensorArg("self", "x"), "y");
  program.ranges = ranges;
  std::string size = R"({"as_expr": {"expr_str": ")" + expression + R"("}})";
  program.inputMeta = tensorMeta("2,4");
  program.inputMeta.replace(program.inputMeta.find(R"({"as_int": 2})"), 13, size);
  program.tensorValues = "\"y\": " + program.inputMeta;
  return import(TestArchive().addFrame().add("models/model.json", program.str()).write());
}
static std::string range(const std::string &name, const std::string &limits) {
  return "\"" + name + "\": {" + limits + "}";
}

TEST_F(SizeExpressions, OfAnInput) {
  std::string s64 = range("s64", R"("min_val": 3, "max_val": 100)");
  ImportOutcome outcome = importSize(S64, s64);
  EXPECT_EQ(outcome.diagnostics, "");
  EXPECT_CONTAINS(outcome.module,
                  "buddy.symbols = [{max = 100 : i64, min = 3 : i64, name = \"s64\"}]",
                  "tensor<" + std::to_string(standIn(0)) + "x4xf32>");
  EXPECT_CONTAINS(importSize("FloorDiv(" S64 ", Integer(2))", s64).diagnostics,
                  "input 'x' has the size FloorDiv(s64, 2), which is not supported",
                  "export with fixed sizes");
  EXPECT_CONTAINS(importSize("Add(Symbol('u0'), Integer(1))", s64).diagnostics,
                  "input 'x' has the size u0 + 1, which is not supported");
  EXPECT_CONTAINS(importSize("s64 +", s64).diagnostics, "input 'x' has the size s64 +,");
}

TEST_F(SizeExpressions, RangesOfSymbols) {
  // Nothing runs on no elements, and nobody has memory for more than 2^24 - 1. 2 is what PyTorch
  // says when nobody says anything.
  for (const char *least : {"null", "0", "2"})
    EXPECT_CONTAINS(
        importSize(S64, range("s64", "\"min_val\": " + std::string(least) + ", \"max_val\": null"))
            .module,
        "buddy.symbols = [{max = 16777215 : i64, min = 1 : i64, name = \"s64\"}]");
  EXPECT_CONTAINS(importSize(S64, range("s64", R"("min_val": 5, "max_val": 4)")).diagnostics,
                  "the size s64 can only be from 5 to 4, which is no size");
  std::string four;
  for (const char *name : {"s64", "a", "b", "c"})
    four += (four.empty() ? "" : ", ") + range(name, R"("min_val": 2, "max_val": 9)");
  EXPECT_CONTAINS(importSize(S64, four).diagnostics,
                  "the program has 4 sizes that each run may choose (", "at most 3 are supported");
}
