// Loading: a package is refused, with the reason, before any of its code can run.
#include "Contains.h"
#include "Manifest.h"
#include "TinyPackage.h"
#include "buddy/runtime.h"
#include <filesystem>
#include <gtest/gtest.h>

using namespace buddy::test;

namespace {

class Load : public testing::Test {
protected:
  TinyPackage package;

  void expectRefused(BuddyStatus status, const std::string &text, const char *folder = nullptr) {
    BuddyModel *model = nullptr;
    EXPECT_EQ(buddy_model_load(folder ? folder : package.folder.c_str(), nullptr, &model), status);
    EXPECT_EQ(model, nullptr);
    EXPECT_CONTAINS(buddy_last_error(), text);
    buddy_model_destroy(model);
  }

  void flipByte(const char *name, size_t at) {
    std::string bytes = readFile(package.file(name));
    ASSERT_LT(at, bytes.size());
    bytes[at] ^= 1;
    writeFile(package.file(name), bytes);
  }
};

TEST_F(Load, TellsTheSignature) {
  BuddyModel *model = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK)
      << buddy_last_error();
  EXPECT_EQ(buddy_model_num_inputs(model), 3u);
  EXPECT_EQ(buddy_model_num_outputs(model), 2u);
  EXPECT_EQ(buddy_model_flops(model), 12);
  BuddyTensorInfo info;
  ASSERT_EQ(buddy_model_input(model, 1, &info), BUDDY_OK);
  EXPECT_STREQ(info.name, "position");
  EXPECT_EQ(info.dtype.code, kDLInt);
  EXPECT_EQ(info.dtype.bits, 64);
  ASSERT_EQ(info.ndim, 2);
  EXPECT_EQ(info.shape[1], 3);
  EXPECT_EQ(info.elements, 6);
  ASSERT_EQ(buddy_model_input(model, 2, &info), BUDDY_OK);
  EXPECT_EQ(info.dtype.code, BUDDY_DL_BOOL);
  ASSERT_EQ(buddy_model_output(model, 1, &info), BUDDY_OK);
  EXPECT_EQ(info.ndim, 0);
  EXPECT_EQ(info.elements, 1);
  EXPECT_EQ(buddy_model_output(model, 2, &info), BUDDY_INVALID_ARGUMENT);
  EXPECT_CONTAINS(buddy_last_error(), "no output 2");
  buddy_model_destroy(model);
}

TEST_F(Load, RefusesNullArguments) {
  BuddyModel *model;
  EXPECT_EQ(buddy_model_load(nullptr, nullptr, &model), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_model_load("x", nullptr, nullptr), BUDDY_INVALID_ARGUMENT);
  BuddyContext *context;
  EXPECT_EQ(buddy_context_create(nullptr, 1, &context), BUDDY_INVALID_ARGUMENT);
  EXPECT_EQ(buddy_context_run(nullptr, nullptr, 0, nullptr, 0), BUDDY_INVALID_ARGUMENT);
  buddy_model_destroy(nullptr);
  buddy_context_destroy(nullptr);
}

TEST_F(Load, RefusesWhatIsNoPackage) {
  expectRefused(BUDDY_NOT_A_PACKAGE, "No such file", "/nowhere/layer.buddy");
  expectRefused(BUDDY_NOT_A_PACKAGE, "a package is a folder", package.file("params.bin").c_str());
  expectRefused(BUDDY_NOT_A_PACKAGE, "no manifest.json", "/usr");
  package.editManifest("buddy-package", "other-package");
  expectRefused(BUDDY_NOT_A_PACKAGE, "is not the manifest of a buddy package");
}

TEST_F(Load, RefusesAFlippedByteInEachFile) {
  for (const char *name : {"libmodel.so", "params.bin"}) {
    flipByte(name, 2000);
    expectRefused(BUDDY_DAMAGED, "the package is damaged");
    EXPECT_CONTAINS(buddy_last_error(), name);
    flipByte(name, 2000);
  }
}

TEST_F(Load, RefusesAFlippedByteAnywhereInTheManifest) {
  size_t size = readFile(package.file("manifest.json")).size();
  BuddyModel *model = nullptr;
  for (size_t at = 0; at + 2 < size; ++at) {
    flipByte("manifest.json", at);
    EXPECT_NE(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK) << at;
    flipByte("manifest.json", at);
  }
}

TEST_F(Load, RefusesMissingAndShortFiles) {
  std::string params = readFile(package.file("params.bin"));
  writeFile(package.file("params.bin"), params.substr(0, 100));
  expectRefused(BUDDY_DAMAGED, "has 100 bytes, the manifest says 4096");
  std::filesystem::remove(package.file("params.bin"));
  expectRefused(BUDDY_DAMAGED, "params.bin: cannot open");
  writeFile(package.file("params.bin"), params);
  std::filesystem::remove(package.file("libmodel.so"));
  expectRefused(BUDDY_DAMAGED, "libmodel.so: cannot open");
  writeFile(package.file("manifest.json"), "");
  expectRefused(BUDDY_DAMAGED, "manifest.json");
}

TEST_F(Load, RefusesAnotherFormatVersion) {
  package.editManifest("\"version\": 8", "\"version\": 7");
  expectRefused(BUDDY_WRONG_VERSION, "format version 7, this runtime reads version 8");
}

TEST_F(Load, RefusesAnotherCompiler) {
  package.editManifest(std::string("\"compiler\": \"") + BUDDY_VERSION, "\"compiler\": \"99.0.0");
  expectRefused(BUDDY_WRONG_VERSION, "made by compiler 99.0.0");
}

TEST(Version, Compatibility) {
  using buddy::runtime::compatibleVersions;
  EXPECT_TRUE(compatibleVersions("0.1.0 (LLVM 22)", "0.1.9"));
  EXPECT_FALSE(compatibleVersions("0.2.0", "0.1.0"));
  EXPECT_TRUE(compatibleVersions("1.2.0", "1.9.3"));
  EXPECT_FALSE(compatibleVersions("2.0.0", "1.0.0"));
  EXPECT_FALSE(compatibleVersions("", "0.1.0"));
  EXPECT_FALSE(compatibleVersions("x.y", "0.1.0"));
}

TEST_F(Load, RefusesACpuThatThisOneIsNot) {
  package.editManifest("\"features\": []", "\"features\": [\"made-up-1\", \"made-up-2\"]");
  expectRefused(BUDDY_WRONG_CPU, "does not have: made-up-1, made-up-2");
}

TEST_F(Load, RefusesAnotherArchitecture) {
  std::string text = readFile(package.file("manifest.json"));
  bool isX86 = text.find("x86_64-unknown") != std::string::npos;
  package.editManifest(isX86 ? "x86_64-unknown" : "aarch64-unknown",
                       isX86 ? "aarch64-unknown" : "x86_64-unknown");
  expectRefused(BUDDY_WRONG_CPU,
                isX86 ? "(aarch64), this machine is x86_64" : "(x86_64), this machine is aarch64");
}

TEST_F(Load, NamesAMissingLibrary) {
  package.editManifest("libc.so.6", "libomp-of-nobody.so.9");
  expectRefused(BUDDY_MISSING_LIBRARY, "needs the library libomp-of-nobody.so.9");
}

TEST_F(Load, NamesAMissingSymbol) {
  package.editManifest("buddy_entry_forward", "buddy_entry_backward");
  expectRefused(BUDDY_DAMAGED, "has no symbol buddy_entry_backward");
}

TEST_F(Load, RefusesManifestsThatMakeNoSense) {
  struct {
    const char *from, *to, *text;
  } cases[] = {
      {"\"shape\": [2, 3]}", "\"shape\": [2, -3]}", "entries[0].inputs[0].shape[1]"},
      {"\"shape\": [2, 3]}", "\"shape\": [4611686018427387904, 3]}", "too large"},
      {"\"dtype\": \"f32\"", "\"dtype\": \"f99\"", "f99"},
      {"\"stored\": \"i8\"", "\"stored\": \"f32\"", "not supported"},
      {"\"libmodel.so\"", "\"../libmodel.so\"", "plain name"},
      {"\"workspace_bytes\": 256", "\"workspace_bytes\": -1", "workspace_bytes"},
      {"[\"bias\", \"runs\"]", "[\"bias\", \"walks\"]", "names no state of the package"},
      {"\"initial\": 64", "\"initial\": 4092", "lies outside of the parameters"},
      {"\"shape\": [3]}",
       "\"shape\": [3], \"ranges\": [{\"first\": 0, \"count\": 1, "
       "\"lowest\": 0, \"highest\": 1}]}",
       "does not hold integers"},
      {"\"dtype\": \"i64\", \"shape\": [2, 3]}",
       "\"dtype\": \"i64\", \"shape\": [2, 3], \"ranges\": [{\"first\": 4, \"count\": 3, "
       "\"lowest\": 0, \"highest\": 1}]}",
       "goes beyond the tensor"},
      {"\"dtype\": \"i64\", \"shape\": [2, 3]}",
       "\"dtype\": \"i64\", \"shape\": [2, 3], \"ranges\": [{\"first\": 4, "
       "\"lowest\": 0, \"highest\": 1}]}",
       "should begin with the first"},
      {"\"symbols\": []", "\"symbols\": [{\"name\": \"s0\", \"min\": 1}]", "has no \"workspace\""},
      {"\"symbols\": [],", "", "has no \"symbols\""},
      {"\"shape\": [2, 3]}", "\"shape\": [2, \"s0\"]}",
       "no sum of products of the entry's symbols"},
      {"\"flops\": 12}]", "\"flips\": 12}]", "has no \"flops\""},
      {"\"bytes\": 48", "\"bytes\": -48", "entries[0].kernels[0].bytes"},
      {"\"profile\": ", "\"profit\": ", "has no \"profile\""},
      {"\"layout\": []", "\"layout\": 3", "params.layout should be a list"},
  };
  for (auto &[from, to, text] : cases) {
    TinyPackage fresh;
    fresh.editManifest(from, to);
    expectRefused(BUDDY_DAMAGED, text, fresh.folder.c_str());
  }
}

TEST_F(Load, RefusesSymbolsThatMakeNoSense) {
  struct {
    const char *from, *to, *text;
  } cases[] = {
      {"\"batch\", \"min\"", "\"2x\", \"min\"", "should be letters, digits and underscores"},
      {"\"name\": \"batch\", \"min\"", "\"name\": \"s64\", \"min\"", "another symbol as well"},
      {"\"min\": 2", "\"min\": -2", "symbols[1].min should be a number from 0"},
      {"\"max\": 100", "\"max\": 1", "symbols[1].max is below the minimum"},
      {"\"workspace\": \"buddy_w", "\"workspace_bytes\": \"buddy_w", "has no \"workspace\""},
      {"\"s64 + 1\"", "\"1 + s64\"", "outputs[0].shape[1] is \"1 + s64\", which is no sum"},
      {"\"s64 + 1\"", "\"s65\"", "is \"s65\", which is no sum"},
      {"\"s64 + 1\"", "\"41\"", "is \"41\", which is no sum"},
      {"\"s64 + 1\"", "-1", "should be a number from 0"},
      {"{\"first\": 0, \"lowest\"", "{\"first\": 5, \"count\": 9223372036854775807, \"lowest\"",
       "goes beyond the tensor"},
      {"{\"first\": 0, \"lowest\"", "{\"first\": 1, \"lowest\"", "should begin with the first"},
      {"2*batch*s64", "2*s64*batch", "flops is \"2*s64*batch\""},
      {"\"name\": \"batch\", \"min\": 1}",
       "\"name\": \"batch\", \"min\": 1}, {\"name\": \"s65\", \"min\": 1}",
       "symbols has \"s65\", which no dimension of an input is equal to"},
      {"\"shape\": [2]", "\"shape\": [\"s64\"]", "states[1].shape[0] is \"s64\""},
      {"buddy_workspace_stretch", "buddy_workspace_shrink", "has no symbol buddy_workspace_shrink"},
  };
  for (auto &[from, to, text] : cases) {
    TinyPackage fresh(Symbols::Yes);
    fresh.editManifest(from, to);
    expectRefused(BUDDY_DAMAGED, text, fresh.folder.c_str());
  }
}

TEST_F(Load, RefusesMoreSymbolsThanAnyModelHas) {
  TinyPackage fresh(Symbols::Yes);
  std::string many = "\"symbols\": [";
  for (int i = 0; i < 63; ++i)
    many += "{\"name\": \"a" + std::to_string(i) + "\", \"min\": 1}, ";
  fresh.editManifest("\"symbols\": [{", many + "{");
  expectRefused(BUDDY_DAMAGED, "symbols has more than 64 symbols", fresh.folder.c_str());
}

TEST_F(Load, TakesAPackageReplacedWhileTheOldOneIsLoaded) {
  BuddyModel *old = nullptr, *fresh = nullptr;
  ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &old), BUDDY_OK);
  // The same bytes in another file: dlopen must not answer with the old one by its path.
  writeFile(package.file("libmodel.so"), readFile(package.file("libmodel.so")));
  EXPECT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &fresh), BUDDY_OK)
      << buddy_last_error();
  buddy_model_destroy(old);
  buddy_model_destroy(fresh);
}

} // namespace
