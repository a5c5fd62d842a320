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
  std::string text = makeModelHeader({ManifestEntry{"forward", signature, {}, 0, 0},
                                      ManifestEntry{"decode", signature, {}, 0, 0}});
  EXPECT_CONTAINS(text, "static inline BuddyStatus decode(BuddyContext *buddy_context");
  EXPECT_CONTAINS(text, "buddy_context_run_entry(buddy_context, 1, buddy_inputs, 12,");
  EXPECT_CONTAINS(text, "const float *hidden_states /* [1, 40, 1536] */");
  EXPECT_CONTAINS(text, "#define FORWARD_HIDDEN_STATES_ELEMENTS INT64_C(61440)");

  TemporaryFolder folder;
  writeFile(folder.path + "/model.h", text);
  for (const char *use : {"a.c", "a.cpp"}) {
    std::string file = folder.path + "/" + use;
    writeFile(file, "#include \"model.h\"\n#include \"model.h\"\nint main(void) { return 0; }\n");
    std::string command = std::string(C_COMPILER) + " -fsyntax-only -Wall -Wextra -Werror -I" +
                          BUDDY_INCLUDE + " " + file;
    EXPECT_EQ(std::system(command.c_str()), 0) << text;
  }
}

} // namespace
