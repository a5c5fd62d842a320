// model.h: its identifiers, and that C and C++ compilers take it whatever the tensors are called.
#include "ModelHeader.h"
#include "Contains.h"
#include "TinyPackage.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

namespace {

TEST(ModelHeader, Identifiers) {
  EXPECT_EQ(cIdentifier("hidden_states"), "hidden_states");
  EXPECT_EQ(cIdentifier("layers.0-w"), "layers_0_w");
  EXPECT_EQ(cIdentifier("0"), "x0");
  EXPECT_EQ(cIdentifier("_x"), "x_x");
  EXPECT_EQ(cIdentifier(""), "x");
  EXPECT_EQ(cIdentifier("class"), "class_");
  EXPECT_EQ(cIdentifier("na\xc3\xafve */"), "na__ve___");
}

// As C and as C++; `body` is main's, and must return 0.
void expectCompiles(const std::string &header, const std::string &body) {
  TemporaryFolder folder;
  writeFile(folder.path + "/model.h", header);
  for (const char *use : {"a.c", "a.cpp"}) {
    std::string file = folder.path + "/" + use, object = folder.path + "/a.out";
    writeFile(file,
              "#include \"model.h\"\n#include \"model.h\"\nint main(void) { " + body + " }\n");
    // Linked without the runtime: what is not called is not there.
    std::string command = std::string(C_COMPILER) + " -O1 -Wall -Wextra -Werror -I" +
                          BUDDY_INCLUDE + " " + file + " -o " + object + " && " + object;
    EXPECT_EQ(std::system(command.c_str()), 0) << header;
  }
}

TEST(ModelHeader, CompilesAsCAndCxx) {
  PackageSignature signature;
  for (const char *name : {"hidden_states", "a.b", "a-b", "class", "int", "forward",
                           "buddy_context", "buddy_inputs", "x y */", ""})
    signature.inputs.push_back({name, "f32", "f32", {1, 40, 1536}});
  signature.inputs.push_back({"mask", "i64", "i32", {1, 40}});
  signature.inputs.push_back({"flag", "bool", "i8", {}});
  signature.outputs.push_back({"output0", "f32", "f32", {2, 0}});
  signature.outputs.push_back({"mask", "bf16", "bf16", {3}});
  // A second entry, of the same tensors.
  std::string text = makeModelHeader({ManifestEntry{"forward", signature, {}, {}, 0, 0},
                                      ManifestEntry{"decode", signature, {}, {}, 0, 0}});
  EXPECT_CONTAINS(text, "static inline BuddyStatus decode(BuddyContext *buddy_context");
  EXPECT_CONTAINS(text, "buddy_context_run_entry(buddy_context, 1, buddy_inputs, 12,");
  EXPECT_CONTAINS(text, "const float *hidden_states /* [1, 40, 1536] */");
  EXPECT_CONTAINS(text, "#define FORWARD_HIDDEN_STATES_ELEMENTS INT64_C(61440)");

  expectCompiles(text, "return 0;");
}

TEST(ModelHeader, SymbolsAreArguments) {
  PackageSignature signature;
  signature.symbols = {{"s31", 1, {}}, {"s64", 2, 32768}, {"int", 1, 4}, {"output0", 1, 4}};
  auto s31 = runtime::SizeExpression::symbol(0), s64 = runtime::SizeExpression::symbol(1),
       integer = runtime::SizeExpression::symbol(2), odd = runtime::SizeExpression::symbol(3);
  auto longer = *runtime::SizeExpression::add(s64, 1);
  auto more = *runtime::SizeExpression::add(*runtime::SizeExpression::multiply(s31, s64), -3);
  signature.inputs.push_back({"hidden_states", "f32", "f32", {1, s64, 1536}});
  signature.inputs.push_back({"s64", "i64", "i32", {s31, integer, odd}}); // as a symbol is called
  signature.inputs.push_back({"table", "f32", "f32", {3}});
  signature.outputs.push_back({"output0", "f32", "f32", {65536, longer, more, 65536}});
  std::string text = makeModelHeader({ManifestEntry{"forward", signature, {}, {}, 0, 0}});
  EXPECT_CONTAINS(text,
                  "static inline BuddyStatus forward(BuddyContext *buddy_context, int64_t s31, "
                  "int64_t s64, int64_t int_, int64_t output0,");
  EXPECT_CONTAINS(text, "// s31 is at least 1.\n// s64 is 2 to 32768.\n");
  EXPECT_CONTAINS(text, "const float *hidden_states /* [1, s64, 1536] */");
  EXPECT_CONTAINS(text, "const int64_t *s64_2 /* [s31, int_, output0] */");
  EXPECT_CONTAINS(text, "#define FORWARD_TABLE_ELEMENTS INT64_C(3)");
  EXPECT_CONTAINS(text, "float *output0_2 /* [65536, s64 + 1, s31*s64 + -3, 65536] */");
  EXPECT_CONTAINS(text, "static inline int64_t forward_hidden_states_elements(");
  expectCompiles(text, "return forward_hidden_states_elements(7, 40, 1, 1) == 61440 && "
                       "forward_output0_2_elements(2, 3, 1, 1) == INT64_C(51539607552) "
                       "? 0 : 1;");
}

} // namespace
