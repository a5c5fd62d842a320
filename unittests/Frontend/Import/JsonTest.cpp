// The checked view of JSON.
#include "buddy/Frontend/Import/Json.h"
#include "Contains.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

static std::unique_ptr<JsonFile> parse(llvm::StringRef text) {
  auto file = JsonFile::parse("file.json", llvm::ArrayRef<char>(text.data(), text.size()));
  EXPECT_TRUE(bool(file));
  return std::move(*file);
}
static std::string parseError(const std::string &text) {
  auto file = JsonFile::parse("file.json", llvm::ArrayRef<char>(text.data(), text.size()));
  return file ? "" : llvm::toString(file.takeError());
}

TEST(Json, NumbersCanBeStrings) {
  auto file = parse(R"({"a": "Infinity", "b": "-Infinity", "c": "NaN", "d": 3})");
  Json root = file->root();
  EXPECT_EQ(root.at("a").number(), INFINITY);
  EXPECT_EQ(root.at("b").number(), -INFINITY);
  EXPECT_TRUE(std::isnan(root.at("c").number()));
  EXPECT_EQ(root.at("d").number(), 3);
  EXPECT_FALSE(bool(file->takeError()));
}

TEST(Json, TheFirstErrorHasItsPath) {
  auto file = parse(R"({"nodes": [{"target": 1}]})");
  std::string target = "not read";
  file->root().at("nodes").forEachItem([&](Json node) {
    target = node.at("target").string();
    node.at("missing").at("deeper").integer();
  });
  EXPECT_EQ(target, "");
  EXPECT_CONTAINS(llvm::toString(file->takeError()),
                  "file.json: 'nodes[0].target' must be a string");
}

TEST(Json, Missing) {
  auto file = parse(R"({"a": {}, "n": null})");
  file->root().at("a").at("b").forEachItem([](Json) { FAIL(); });
  EXPECT_FALSE(bool(file->root().get("n")));
  EXPECT_CONTAINS(llvm::toString(file->takeError()), "file.json: 'a.b' is missing");
}

TEST(Json, Broken) {
  EXPECT_CONTAINS(parseError(""), "file.json is not valid JSON");
  EXPECT_CONTAINS(parseError("{\"a\": }"), "is not valid JSON");
  EXPECT_CONTAINS(parseError("{\"a\": 1"), "is not valid JSON");
  EXPECT_CONTAINS(parseError("{\"a\": 123456789012345678901234567890}"), "not valid JSON");
}

TEST(Json, NestedTooDeeply) {
  EXPECT_CONTAINS(parseError(std::string(100000, '[') + std::string(100000, ']')),
                  "nested more than 1024 levels deep");
}
