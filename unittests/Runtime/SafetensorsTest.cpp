// The safetensors reader and writer: good files, and every way to break one.
#include "Safetensors.h"
#include "Contains.h"
#include "Failure.h"
#include "TinyPackage.h"
#include <gtest/gtest.h>

using namespace buddy::runtime;
using namespace buddy::test;

namespace {

class Safetensors : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string path = folder.path + "/t.safetensors";

  void writeRaw(const std::string &header, const std::string &data) {
    std::string length(8, '\0');
    for (int i = 0; i < 8; ++i)
      length[i] = static_cast<char>(header.size() >> (8 * i));
    writeFile(path, length + header + data);
  }

  void expectRefused(const std::string &text) {
    try {
      SafetensorsFile file(path);
      ADD_FAILURE() << "was read";
    } catch (const Failure &failure) {
      EXPECT_CONTAINS(failure.what(), text);
      EXPECT_CONTAINS(failure.what(), path);
    }
  }
};

TEST_F(Safetensors, RoundTripsEveryDtype) {
  std::string data(48, '\0');
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<char>(i);
  std::vector<StoredTensor> tensors;
  for (const char *dtype : {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "U16",
                            "U32", "U64", "BOOL", "F8_E4M3", "F8_E5M2"}) {
    int64_t bytes = safetensorsElementBytes(dtype);
    tensors.push_back(
        {std::string("t ") + dtype, dtype, {2, 3}, std::string_view(data).substr(0, 6 * bytes)});
  }
  tensors.push_back({"scalar \"quoted\"\n\\", "F32", {}, std::string_view(data).substr(0, 4)});
  tensors.push_back({"empty", "F32", {0, 5}, {}});
  writeSafetensors(path, tensors, {{"made by", "a \"test\""}});
  SafetensorsFile file(path);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  EXPECT_EQ(file.metadata().at("made by"), "a \"test\"");
  for (const StoredTensor &tensor : tensors) {
    const StoredTensor *found = file.find(tensor.name);
    ASSERT_TRUE(found) << tensor.name;
    EXPECT_EQ(found->dtype, tensor.dtype);
    EXPECT_EQ(found->shape, tensor.shape);
    EXPECT_EQ(found->data, tensor.data);
  }
  EXPECT_EQ(file.find("nothing"), nullptr);
}

TEST_F(Safetensors, WritesTheSameBytesWhateverTheOrder) {
  StoredTensor a{"a", "F32", {1}, "1234"}, b{"b", "F32", {1}, "5678"},
      c{"c", "I64", {1}, "12345678"};
  writeSafetensors(path, {a, b, c});
  std::string first = readFile(path);
  writeSafetensors(path, {c, b, a});
  EXPECT_EQ(readFile(path), first);
}

TEST_F(Safetensors, WriterRefusesNonsense) {
  EXPECT_THROW(writeSafetensors(path, {{"a", "F32", {2}, "1234"}}), Failure);
  EXPECT_THROW(writeSafetensors(path, {{"a", "F99", {1}, "1234"}}), Failure);
  EXPECT_THROW(writeSafetensors(path, {{"a", "U8", {1}, "1"}, {"a", "U8", {1}, "2"}}), Failure);
  EXPECT_THROW(writeSafetensors("/nowhere/t", {{"a", "U8", {1}, "1"}}), Failure);
}

TEST_F(Safetensors, RefusesBrokenFiles) {
  writeFile(path, "1234");
  expectRefused("only 4 bytes");
  writeFile(path, std::string(8, '\xff') + "{}");
  expectRefused("a header of 18446744073709551615 bytes");
  writeRaw("", "");
  expectRefused("does not begin with '{'");
  writeRaw("{\"a\": ", "");
  expectRefused("not valid JSON");
  writeRaw("[1]", "");
  expectRefused("does not begin with '{'");
  writeFile(path, std::string("\x09\0\0\0\0\0\0\0", 8) + "{}");
  expectRefused("a header of 9 bytes");
  EXPECT_THROW(SafetensorsFile(folder.path + "/none"), Failure);
  EXPECT_THROW(SafetensorsFile(folder.path + ""), Failure);
}

TEST_F(Safetensors, RefusesBrokenTensors) {
  auto header = [](const std::string &dtype, const std::string &shape, const std::string &offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  std::string data(8, 'x');
  writeRaw(header("F32", "[2]", "[0,8]"), data);
  EXPECT_EQ(SafetensorsFile(path).tensors().size(), 1u);
  writeRaw(header("F99", "[2]", "[0,8]"), data);
  expectRefused("unknown dtype \"F99\"");
  writeRaw(header("F32", "[3]", "[0,8]"), data);
  expectRefused("does not have 8 bytes");
  writeRaw(header("F32", "[-2]", "[0,8]"), data);
  expectRefused("not a number from 0");
  writeRaw(header("F32", "[4611686018427387904, 2]", "[0,8]"), data);
  expectRefused("does not have 8 bytes");
  writeRaw(header("F32", "[2]", "[0,16]"), data);
  expectRefused("of 8 bytes of data");
  writeRaw(header("F32", "[2]", "[8,0]"), data);
  expectRefused("lies at bytes 8 to 0");
  writeRaw(header("F32", "[2]", "[0]"), data);
  expectRefused("data_offsets are not two numbers");
  writeRaw(header("F32", "[1]", "[0,4]"), data);
  expectRefused("4 bytes at its end");
  writeRaw(header("F32", "[1]", "[4,8]"), data);
  expectRefused("follows a hole");
  writeRaw(R"({"a":{"dtype":"F32","shape":[2]}})", data);
  expectRefused("lacks dtype, shape or data_offsets");
  writeRaw(R"({"a":3})", data);
  expectRefused("lacks dtype");
  writeRaw(R"({"__metadata__":{"a":1}})", "");
  expectRefused("is not a string");
  std::string one = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  writeRaw("{" + one + "," + one + "}", "1234");
  expectRefused("\"a\" twice");
  writeRaw("{" + one + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", "123456");
  expectRefused("overlaps");
}

} // namespace
