// Huge pages: where parameters come to lie, and that they are the same bytes wherever that is. What
// a machine does not have is not asked of it.
#include "HugePages.h"
#include "Contains.h"
#include "LoadedParams.h"
#include "TinyPackage.h"
#include "buddy/runtime.h"
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace buddy::runtime;
using buddy::test::TemporaryFolder;

namespace {

constexpr int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

class HugePages : public testing::Test {
protected:
  static constexpr size_t fileBytes = 3 * hugePageBytes + 4096;

  void SetUp() override {
    for (size_t i = 0; i < fileBytes; ++i)
      contents.push_back(static_cast<char>(i * 7 + i / 4096));
  }

  // A new file, written in pieces of this size, that is on the disk.
  int write(size_t piece) {
    std::string path = file();
    ::unlink(path.c_str());
    int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    for (size_t at = 0; at < fileBytes; at += piece) {
      size_t count = std::min(piece, fileBytes - at);
      EXPECT_EQ(::write(descriptor, contents.data() + at, count), static_cast<ssize_t>(count));
    }
    EXPECT_EQ(::fsync(descriptor), 0);
    return descriptor;
  }

  std::string file() const { return folder.path + "/params.bin"; }

  // Whether the kernel's cache holds files of this folder in huge pages, at all.
  bool filesHaveThem() {
    int descriptor = write(hugePageBytes);
    bool has = mapsInHugePages(descriptor, fileBytes);
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    has |= mapsInHugePages(descriptor, fileBytes);
    ::close(descriptor);
    return has;
  }

  static bool memoryHasThem() {
    char *memory =
        static_cast<char *>(mapAdvised(2 * hugePageBytes, PROT_READ | PROT_WRITE, anonymous, -1));
    *memory = 1;
    auto facts = pageFactsOf(memory);
    ::munmap(memory, 2 * hugePageBytes);
    return facts && facts->huge;
  }

  TemporaryFolder folder;
  std::string contents;
};

TEST_F(HugePages, MappingsAreAlignedAndAsLargeAsAsked) {
  for (size_t bytes : {size_t(1), size_t(4096), hugePageBytes - 1, hugePageBytes, hugePageBytes + 1,
                       5 * hugePageBytes + 12345}) {
    void *mapped = mapAdvised(bytes, PROT_READ | PROT_WRITE, anonymous, -1);
    ASSERT_NE(mapped, MAP_FAILED) << bytes;
    char *memory = static_cast<char *>(mapped);
    if (bytes >= hugePageBytes)
      EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped) % hugePageBytes, 0u) << bytes;
    memory[0] = memory[bytes - 1] = 1;
    EXPECT_TRUE(pageFactsOf(memory + bytes - 1)) << bytes;
    ::munmap(mapped, bytes);
    EXPECT_FALSE(pageFactsOf(mapped)) << bytes;
  }
  EXPECT_EQ(mapAdvised(hugePageBytes, PROT_READ, MAP_SHARED, -1), MAP_FAILED);
  EXPECT_EQ(errno, EBADF);
}

TEST_F(HugePages, SmallPagesAreCounted) {
  constexpr size_t bytes = 2 * hugePageBytes;
  char *memory = static_cast<char *>(mapAdvised(bytes, PROT_READ | PROT_WRITE, anonymous, -1));
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < 3; ++i)
    memory[hugePageBytes + i * page] = 1;
  auto facts = pageFactsOf(memory + 123);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->present, 3 * page);
  EXPECT_EQ(facts->huge, 0u);
  ::munmap(memory, bytes);
}

TEST_F(HugePages, WhatIsWrittenInSmallPiecesIsLeftInLargeOnes) {
  bool possible = filesHaveThem();
  int descriptor = write(4096);
  EXPECT_FALSE(mapsInHugePages(descriptor, fileBytes));
  leaveInHugePages(descriptor, fileBytes);
  EXPECT_EQ(mapsInHugePages(descriptor, fileBytes), possible);
  ::close(descriptor);
  LoadedParams params(AT_FDCWD, file(), file(), HugePageUse::Mapped);
  params.settle();
  EXPECT_EQ(params.place().kind, possible ? ParamsPlace::MappedHuge : ParamsPlace::Mapped);
  EXPECT_EQ(params.bytes(), contents);
}

TEST_F(HugePages, AFileInSmallPagesIsCopiedIfThatIsAllowed) {
  ::close(write(4096));
  for (HugePageUse use : {HugePageUse::Never, HugePageUse::Mapped, HugePageUse::Copied}) {
    LoadedParams params(AT_FDCWD, file(), file(), use);
    params.settle();
    EXPECT_EQ(params.bytes(), contents);
    const ParamsPlace &place = params.place();
    if (use != HugePageUse::Copied || !memoryHasThem()) {
      EXPECT_EQ(place.kind, ParamsPlace::Mapped);
      EXPECT_CONTAINS(place.why, use == HugePageUse::Copied   ? "none to a copy"
                                 : use == HugePageUse::Mapped ? "=map allows no copy"
                                                              : "BUDDY_HUGE_PAGES=0");
      continue;
    }
    EXPECT_EQ(place.kind, ParamsPlace::Copied);
    EXPECT_CONTAINS(place.why, "small pages");
    auto facts = pageFactsOf(params.bytes().data());
    ASSERT_TRUE(facts);
    EXPECT_GE(facts->huge, 2 * hugePageBytes);
  }
}

TEST(MayCopyParams, AQuarterOfWhatIsAvailable) {
  constexpr int64_t gib = int64_t(1) << 30;
  EXPECT_TRUE(mayCopyParams(2 * gib, {16 * gib, 8 * gib, std::nullopt}));
  EXPECT_FALSE(mayCopyParams(2 * gib + 1, {16 * gib, 8 * gib, std::nullopt}));
  EXPECT_FALSE(mayCopyParams(2 * gib, {16 * gib, 8 * gib, 7 * gib}));
  EXPECT_TRUE(mayCopyParams(2 * gib, {16 * gib, 8 * gib, 64 * gib}));
  EXPECT_FALSE(mayCopyParams(1, {}));
}

TEST(MachineMemory, IsKnown) {
  MachineMemory memory = readMachineMemory();
  EXPECT_GT(memory.bytes, 1 << 20);
  EXPECT_GT(memory.availableBytes, 1 << 20);
  EXPECT_LE(memory.availableBytes, memory.bytes);
}

TEST(HugePageVariable, IsReadWhenAModelIsLoaded) {
  buddy::test::TinyPackage package;
  for (const char *value : {"", "0", "map", "copy"}) {
    ::setenv("BUDDY_HUGE_PAGES", value, 1);
    BuddyModel *model = nullptr;
    ASSERT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_OK)
        << value << ": " << buddy_last_error();
    BuddyParamsInfo info;
    ASSERT_EQ(buddy_model_params(model, &info), BUDDY_OK);
    EXPECT_EQ(info.bytes, 4096);
    EXPECT_EQ(info.present_bytes, 4096);
    EXPECT_EQ(info.huge_bytes, 0);
    EXPECT_EQ(info.copied, 0);
    EXPECT_STREQ(info.place, "mapped");
    EXPECT_CONTAINS(info.why, *value == '0' ? "BUDDY_HUGE_PAGES=0" : "less than 4 MiB");
    EXPECT_EQ(buddy_model_params(model, nullptr), BUDDY_INVALID_ARGUMENT);
    buddy_model_destroy(model);
  }
  ::setenv("BUDDY_HUGE_PAGES", "yes", 1);
  BuddyModel *model = nullptr;
  EXPECT_EQ(buddy_model_load(package.folder.c_str(), nullptr, &model), BUDDY_INVALID_ARGUMENT);
  EXPECT_CONTAINS(buddy_last_error(), "$BUDDY_HUGE_PAGES is 'yes': set it to 0");
  ::unsetenv("BUDDY_HUGE_PAGES");
}

} // namespace
