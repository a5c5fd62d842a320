// Packages of programs with symbols: what reaches the manifest and model.h, and what is refused.
#include "Contains.h"
#include "Fixture.h"
#include "Manifest.h"
#include "buddy/runtime.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

namespace {

class Symbolic : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string output = folder.path + "/layer.buddy";
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Weights weights;

  llvm::Error write(const std::string &attributes) {
    auto module = parseModule(context, attributes);
    if (!module)
      return llvm::createStringError("does not parse: " + attributes);
    return writePackage(*module, weights.store, testTarget(), TINY_MODEL, output);
  }
};

TEST_F(Symbolic, ReachesTheRuntime) {
  llvm::Error error = write(symbolicAttributes());
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  runtime::Manifest manifest = runtime::readManifest(output);
  const runtime::EntrySpec &entry = manifest.entries[0];
  EXPECT_EQ(runtime::symbolNames(entry), (std::vector<std::string>{"batch", "s64"}));
  EXPECT_EQ(entry.symbols[0].max, runtime::SymbolSpec::unbounded);
  EXPECT_EQ(entry.symbols[1].min, 2);
  EXPECT_EQ(entry.symbols[1].max, 100);
  EXPECT_EQ(entry.workspace, "buddy_workspace_stretch");
  EXPECT_EQ(runtime::shapeText(entry.outputs[0]), "[batch, s64 + 1]");
  EXPECT_EQ(runtime::shapeText(entry.outputs[1]), "[batch]");
  ASSERT_EQ(entry.inputs[1].ranges.size(), 1u);
  EXPECT_EQ(entry.inputs[1].ranges[0].count, -1);
  EXPECT_EQ(entry.flops.text(runtime::symbolNames(entry)), "2*batch*s64");
  BuddyModel *model = nullptr;
  ASSERT_EQ(buddy_model_load(output.c_str(), nullptr, &model), BUDDY_OK) << buddy_last_error();
  EXPECT_EQ(buddy_model_entry_num_symbols(model, 0), 2u);
  buddy_model_destroy(model);
}

// What a run checks is no output of the user's.
TEST_F(Symbolic, ChecksReachTheRuntime) {
  std::string attributes = symbolicAttributes(), end = "affine_map<()[s0] -> (s0)>}]}";
  attributes.replace(
      attributes.find(end), end.size(),
      R"(affine_map<()[s0] -> (s0)>}, {name = "checks", type = tensor<3xi64>, checks = [
      {op = "index", location = "model.py:3", range = affine_map<()[s0, s1] -> (-s1, s1 - 1)>, shape = affine_map<()[s0] -> (s0)>},
      {op = "embedding", range = array<i64: 0, 9>, shape = array<i64>}]}]})");
  llvm::Error error = write(attributes);
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  runtime::Manifest manifest = runtime::readManifest(output);
  const runtime::EntrySpec &entry = manifest.entries[0];
  std::vector<std::string> symbols = runtime::symbolNames(entry);
  EXPECT_EQ(entry.outputs.size(), 2u);
  ASSERT_EQ(entry.checks.size(), 2u);
  EXPECT_EQ(entry.checks[0].op, "index");
  EXPECT_EQ(entry.checks[0].location, "model.py:3");
  EXPECT_EQ(entry.checks[0].lowest.text(symbols), "-1*s64");
  EXPECT_EQ(entry.checks[0].highest.text(symbols), "s64 + -1");
  EXPECT_EQ(entry.checks[0].shape, std::vector{runtime::SizeExpression::symbol(0)});
  EXPECT_EQ(entry.checks[1].location, "");
  EXPECT_EQ(entry.checks[1].highest.constant(), 9);
  EXPECT_TRUE(entry.checks[1].shape.empty());
}

// A C program that knows of the package what model.h says.
TEST_F(Symbolic, IsUsedFromC) {
  llvm::Error error = write(symbolicAttributes());
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  std::string source = folder.path + "/use.c", program = folder.path + "/use";
  writeFile(source, R"(#include "layer.buddy/model.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  BuddyModel *model;
  BuddyContext *context;
  if (argc != 2 || buddy_model_load(argv[1], NULL, &model) ||
      buddy_context_create(model, 1, &context))
    return 1;
  for (int64_t s64 = 2; s64 <= 101; s64 += 33) {
    int64_t batch = 3, elements = stretch_output0_elements(batch, s64), count[3] = {0};
    float *x = calloc(stretch_x_elements(batch, s64), sizeof(float));
    int64_t *ids = calloc(stretch_ids_elements(batch, s64), sizeof(int64_t));
    uint8_t *keep = calloc(stretch_keep_elements(batch, s64), 1);
    float *y = calloc(elements, sizeof(float));
    ids[3 * s64 - 1] = 9;
    keep[s64 - 1] = 1;
    BuddyStatus status = stretch(context, batch, s64, x, ids, keep, y, count);
    printf("%d %g %g %d\n", (int)status, y[elements - 2], y[elements - 1], (int)count[2]);
    if (status)
      printf("%s\n", buddy_last_error());
    free(x), free(ids), free(keep), free(y);
  }
  buddy_context_destroy(context);
  buddy_model_destroy(model);
  return 0;
}
)");
  std::string command = std::string(C_COMPILER) + " -Wall -Wextra -Werror -I" + BUDDY_INCLUDE +
                        " " + source + " " + BUDDY_RUNTIME + " -o " + program;
  ASSERT_EQ(std::system(command.c_str()), 0);
  command = "LD_LIBRARY_PATH=$(dirname " BUDDY_RUNTIME "):$LD_LIBRARY_PATH " + program + " " +
            output + " > " + folder.path + "/log";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(readFile(folder.path + "/log"),
            "0 9 7 1\n0 9 7 1\n0 9 7 1\n2 0 0 0\n"
            "input 0 (x): dimension 1 (s64) is 101, must be 2 to 100\n");
}

TEST_F(Symbolic, ContradictionsAreOurFault) {
  struct {
    const char *from, *to, *text;
  } cases[] = {
      {"buddy.symbols = [", "buddy.symbols = 3, buddy.other = [", "buddy.symbols is no list"},
      {"name = \"s64\"", "name = \"s 64\"", "without a name that is an identifier"},
      {"name = \"s64\"", "name = \"batch\"", "has 'batch' twice"},
      {"min = 2 : i64", "min = -2 : i64", "gives 's64' no range"},
      {"max = 100", "max = 1", "gives 's64' no range"},
      {"max = 100 : i64", "max = \"x\"", "gives 's64' no range"},
      {"{name = \"batch\", min = 1 : i64}, ", "", "gives 'x' a shape"},
      {"(s0, s1 + 1)", "(s0, s1 floordiv 2)", "gives 'output0' a shape"},
      {"(s0, s1 + 1)", "(s0, s1 mod 2)", "gives 'output0' a shape"},
      {"(s0, s1 + 1)", "(s0)", "gives 'output0' a shape"},
      {"(s0, s1 + 1)", "(s0, 40)", "gives 'output0' a shape"},
      {"()[s0, s1] -> (s0, s1 + 1)", "(d0)[s0, s1] -> (s0, s1 + 1)", "gives 'output0' a shape"},
      {"tensor<?xi1>", "tensor<40xi1>", "gives 'keep' a shape"},
      {",\n                  sizes = affine_map<()[s0, s1] -> (s0, s1 + 1)>", "",
       "gives 'output0' a shape"},
      {"sizes = affine_map<()[s0, s1] -> (s0, s1 + 1)>", "sizes = 3", "gives 'output0' a shape"},
      {"i64: 0, -1, 0, 9", "i64: 1, -1, 0, 9", "gives 'ids' a range that is not"},
      {"i64: 0, -1, 0, 9", "i64: 0, -2, 0, 9", "gives 'ids' a range that is not"},
      {"i64: 0, -1, 0, 9", "i64: -1, 1, 0, 9", "gives 'ids' a range that is not"},
      {"(s0 * s1 * 2)", "(s0, s1)", "buddy.flops is no map"},
      {"(s0 * s1 * 2)", "(s0 ceildiv 2)", "buddy.flops is no map"},
      {"buddy.flops", "buddy.workspace_bytes = 64, buddy.flops", "depends on buddy.symbols"},
      {"max = 100 : i64}", "max = 100 : i64}, {name = \"s65\", min = 1 : i64}",
       "has 's65', which no dimension of an input is equal to"},
      {"outputs = [{name",
       "states = [{name = \"n\", type = tensor<?xf32>, "
       "sizes = affine_map<()[s0] -> (s0)>}], outputs = [{name",
       "gives 'n' a shape"},
      {"-> (s0)>}]}", "-> (s0)>, checks = [3]}]}", "has a check without op, range and shape"},
      {"-> (s0)>}]}",
       "-> (s0)>, checks = [{op = \"index\", range = array<i64: 0>, shape = array<i64>}]}]}",
       "has a check without op, range and shape"},
      {"-> (s0)>}]}",
       "-> (s0)>, checks = [{op = \"index\", range = array<i64: 0, 9>, "
       "shape = affine_map<()[s0] -> (s0 mod 2)>}]}]}",
       "has a check without op, range and shape"},
  };
  for (auto &[from, to, text] : cases) {
    std::string attributes = symbolicAttributes();
    size_t at = attributes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    attributes.replace(at, std::string(from).size(), to);
    auto [kind, found] = failureOf(write(attributes));
    EXPECT_EQ(kind, PackageFailure::Internal);
    EXPECT_CONTAINS(found, text);
  }
}

} // namespace
