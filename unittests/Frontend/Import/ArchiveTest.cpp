// Archives that are not what they should be.
#include "buddy/Frontend/Import/Archive.h"
#include "Contains.h"
#include "TestArchive.h"
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

static std::string openError(llvm::StringRef path) {
  auto archive = Archive::open(path);
  return archive ? "" : llvm::toString(archive.takeError());
}

TEST(Archive, FindsEntriesUnderTheFolder) {
  TestArchive test;
  auto archive = Archive::open(test.addFrame().add("a/b", "hello").write());
  ASSERT_TRUE(bool(archive)) << llvm::toString(archive.takeError());
  auto bytes = (*archive)->read("a/b");
  ASSERT_TRUE(bool(bytes));
  EXPECT_EQ(llvm::StringRef(bytes->data(), bytes->size()), "hello");
  EXPECT_EQ((*archive)->find("b"), nullptr);
}

TEST(Archive, CannotBeOpened) {
  std::string error = openError("/nonexistent/layer.pt2");
  EXPECT_CONTAINS(error, "/nonexistent/layer.pt2: cannot be opened: No such file");
  EXPECT_CONTAINS(openError("/tmp"), "/tmp: cannot be opened");
}

TEST(Archive, IsNotAZip) {
  TestArchive test;
  EXPECT_CONTAINS(openError(test.writeRaw("# a text file\n")), "is not a zip");
  EXPECT_CONTAINS(openError(test.writeRaw("")), "is empty");
}

TEST(Archive, IsTruncated) {
  TestArchive test;
  std::string bytes = readFile(test.addFrame().add("big", std::string(5000, 'x')).write());
  // At every length it is an error, never a crash or an archive with fewer entries.
  for (size_t size = 1; size < bytes.size(); size += 7)
    EXPECT_NE(openError(test.writeRaw(bytes.substr(0, size))), "") << size;
  EXPECT_CONTAINS(openError(test.writeRaw(bytes.substr(0, 3000))), "truncated or damaged");
}

TEST(Archive, DirectoryContradictsTheFile) {
  TestArchive test;
  std::string path = test.addFrame().add("weight", "12345678").write();
  std::string bytes = readFile(path);
  // The central directory's record of the last entry: size fields at 20 and 24, offset at 42.
  size_t record = bytes.rfind("PK\1\2");
  ASSERT_NE(record, std::string::npos);
  std::string larger = bytes;
  for (size_t field : {20, 24})
    larger[record + field + 2] = 1; // 64 KiB more than there are
  EXPECT_CONTAINS(openError(test.writeRaw(larger)), "the zip is damaged");
  std::string elsewhere = bytes;
  elsewhere[record + 44] = 1;
  EXPECT_CONTAINS(openError(test.writeRaw(elsewhere)), "is not where the directory says");
}

TEST(Archive, AnyFlippedByteIsHandled) {
  TestArchive test;
  std::string bytes = readFile(test.addFrame().add("models/model.json", "{}").write());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] ^= 0xff;
    auto archive = Archive::open(test.writeRaw(flipped));
    if (!archive) {
      llvm::consumeError(archive.takeError());
      continue;
    }
    for (const ArchiveEntry &entry : (*archive)->getEntries())
      EXPECT_LE(entry.bytes.size(), bytes.size());
  }
}

TEST(Archive, CompressedEntry) {
  TestArchive test;
  ImportOutcome outcome =
      import(test.addFrame().add("models/model.json", std::string(500, ' '), true).write());
  EXPECT_CONTAINS(outcome.diagnostics, "entry 'layer/models/model.json' is compressed");
}

TEST(Archive, DamagedEntry) {
  TestArchive test;
  std::string path = test.addFrame().add("models/model.json", "{\"needle\": 1}").write();
  std::string bytes = readFile(path);
  bytes[bytes.find("needle")] ^= 1;
  EXPECT_CONTAINS(import(test.writeRaw(bytes)).diagnostics, "checksum does not match");
}

TEST(Archive, BigEndian) {
  TestArchive test;
  EXPECT_CONTAINS(openError(test.addFrame().add("byteorder", "big").write()),
                  "written on a big-endian machine");
}

TEST(Archive, NoModel) {
  TestArchive other, saved;
  EXPECT_CONTAINS(import(other.addFrame().write()).diagnostics, "has no models/model.json",
                  "It has 'layer/byteorder'");
  EXPECT_CONTAINS(import(saved.addFrame().add("data.pkl", "x").write()).diagnostics,
                  "it looks like a file of torch.save");
}
