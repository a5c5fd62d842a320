// Where a package may be written, what is left behind when that fails, and that it is replaced in
// one step.
#include "Checksum.h"
#include "Contains.h"
#include "Fixture.h"
#include "Manifest.h"
#include "PackageFolder.h"
#include "buddy/runtime.h"
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace buddy;
using namespace buddy::test;
namespace stdfs = std::filesystem;

namespace {

class Folder : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string output = folder.path + "/layer.buddy";
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  Weights weights;

  void SetUp() override { weights.add("w", {200, 300}, false); }

  llvm::Error write(int64_t flops, const std::string &path) {
    auto module = parseModule(context, layerAttributes(200, 300, flops));
    return writePackage(*module, weights.store, testTarget(), TINY_MODEL, path);
  }
  void writeWell(int64_t flops) {
    llvm::Error error = write(flops, output);
    ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  }
  void expectRefused(PackageFailure kind, const std::string &part, const std::string &path) {
    auto [foundKind, text] = failureOf(write(1, path));
    EXPECT_EQ(foundKind, kind) << text;
    EXPECT_CONTAINS(text, part);
    EXPECT_TRUE(hiddenFiles(folder.path).empty());
  }
  // Checks every file against the manifest.
  int64_t flopsOfWholePackage() {
    runtime::Manifest manifest = runtime::readManifest(output);
    for (const runtime::FileSpec &file : {manifest.library, manifest.params}) {
      std::string bytes = readFile(output + "/" + file.file);
      EXPECT_EQ(static_cast<int64_t>(bytes.size()), file.bytes);
      EXPECT_EQ(runtime::crc32Of(bytes), file.crc32);
    }
    EXPECT_TRUE(stdfs::exists(output + "/model.h"));
    return manifest.entries[0].flops.constant().value_or(-1);
  }
};

TEST_F(Folder, WritesAndReplaces) {
  writeWell(1);
  EXPECT_EQ(flopsOfWholePackage(), 1);
  writeWell(2);
  EXPECT_EQ(flopsOfWholePackage(), 2);
  EXPECT_TRUE(hiddenFiles(folder.path).empty());
  stdfs::create_directory(folder.path + "/empty");
  EXPECT_FALSE(static_cast<bool>(write(1, folder.path + "/empty/")));
  EXPECT_TRUE(stdfs::exists(folder.path + "/empty/model.h"));
}

TEST_F(Folder, TheRuntimeLoadsIt) {
  writeWell(1);
  BuddyModel *model = nullptr;
  ASSERT_EQ(buddy_model_load(output.c_str(), nullptr, &model), BUDDY_OK) << buddy_last_error();
  EXPECT_EQ(buddy_model_num_inputs(model), 2u);
  buddy_model_destroy(model);
}

TEST_F(Folder, SameInputSameBytes) {
  writeWell(1);
  std::string other = folder.path + "/other.buddy";
  ASSERT_FALSE(static_cast<bool>(write(1, other)));
  for (const char *name : {"/manifest.json", "/libmodel.so", "/params.bin", "/model.h"})
    EXPECT_EQ(readFile(output + name), readFile(other + name)) << name;
}

TEST_F(Folder, LeavesWhatIsNotOurs) {
  std::string mine = folder.path + "/mine";
  stdfs::create_directory(mine);
  writeFile(mine + "/manifest.json", "{\"name\": \"my web app\"}");
  expectRefused(PackageFailure::Usage, "is a folder but not a package", mine);
  EXPECT_CONTAINS(readFile(mine + "/manifest.json"), "my web app");
  writeFile(folder.path + "/file", "text");
  expectRefused(PackageFailure::Usage, "is a file", folder.path + "/file");
  expectRefused(PackageFailure::Usage, "cannot be used", folder.path + "/no/layer.buddy");
  expectRefused(PackageFailure::Usage, "is empty", "");
  writeWell(1);
  writeFile(output + "/notes.txt", "mine");
  expectRefused(PackageFailure::Usage, "also holds 'notes.txt'", output);
  EXPECT_EQ(flopsOfWholePackage(), 1);
  EXPECT_TRUE(stdfs::exists(output + "/notes.txt"));
}

// A folder is never a package's file, whatever its name: what is in it would disappear.
TEST_F(Folder, LeavesFoldersThatAreNamedAsOurFiles) {
  for (const char *name : {"libmodel.so", "params.bin", "model.h", "manifest.json"}) {
    writeWell(1);
    stdfs::path place = stdfs::path(output) / name;
    stdfs::remove(place);
    stdfs::create_directory(place);
    writeFile(place.string() + "/thesis.txt", "years of work");
    bool isManifest = std::string(name) == "manifest.json";
    expectRefused(PackageFailure::Usage,
                  isManifest ? "is a folder but not a package"
                             : std::string("also holds '") + name + "/'",
                  output);
    EXPECT_EQ(readFile(place.string() + "/thesis.txt"), "years of work");
    stdfs::remove_all(output);
  }
}

// Another's files that come while the package is written are not hidden with the old one.
TEST_F(Folder, LeavesWhatComesMeanwhile) {
  writeWell(1);
  auto folder = PackageFolder::create(output);
  ASSERT_TRUE(static_cast<bool>(folder));
  writeFile((*folder)->file("model.h"), "");
  writeFile(output + "/notes.txt", "mine");
  auto [kind, text] = failureOf((*folder)->commit());
  EXPECT_EQ(kind, PackageFailure::Usage);
  EXPECT_CONTAINS(text, "also holds 'notes.txt'");
  EXPECT_EQ(readFile(output + "/notes.txt"), "mine");
  std::filesystem::remove(output + "/notes.txt");
  EXPECT_EQ(flopsOfWholePackage(), 1);
}

TEST_F(Folder, ReplacesADamagedPackageAndFollowsLinks) {
  writeWell(1);
  std::string manifest = readFile(output + "/manifest.json");
  writeFile(output + "/manifest.json", manifest.substr(0, 100));
  writeWell(2);
  stdfs::create_symlink(output, folder.path + "/link.buddy");
  ASSERT_FALSE(static_cast<bool>(write(3, folder.path + "/link.buddy")));
  EXPECT_EQ(flopsOfWholePackage(), 3);
  EXPECT_TRUE(stdfs::is_symlink(folder.path + "/link.buddy"));
}

TEST_F(Folder, NotWritable) {
  if (::geteuid() == 0) {
    EXPECT_EQ(failureOf(write(1, "/proc/layer.buddy")).first, PackageFailure::Io);
    return;
  }
  stdfs::permissions(folder.path, stdfs::perms::owner_read | stdfs::perms::owner_exec);
  expectRefused(PackageFailure::Io, "cannot write into the folder", output);
  stdfs::permissions(folder.path, stdfs::perms::owner_all);
}

TEST_F(Folder, DiskFullLeavesTheOldPackage) {
  writeWell(1);
  struct rlimit old, low;
  ::getrlimit(RLIMIT_FSIZE, &old);
  auto previous = std::signal(SIGXFSZ, SIG_IGN);
  for (rlim_t bytes : {0, 1000, 20000, 100000}) {
    low = old;
    low.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &low);
    auto [kind, text] = failureOf(write(2, output));
    ::setrlimit(RLIMIT_FSIZE, &old);
    EXPECT_EQ(kind, PackageFailure::Io);
    EXPECT_CONTAINS(text, "cannot write: File too large");
    EXPECT_TRUE(hiddenFiles(folder.path).empty());
    EXPECT_EQ(flopsOfWholePackage(), 1);
  }
  std::signal(SIGXFSZ, previous);
}

TEST_F(Folder, DamagedWeightLeavesNothing) {
  weights.damage(0);
  expectRefused(PackageFailure::Input, "the archive is damaged", output);
  EXPECT_FALSE(stdfs::exists(output));
}

TEST_F(Folder, KilledAtAnyTimeLeavesOneWholePackage) {
  writeWell(1);
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    int signal = round % 2 ? SIGKILL : SIGTERM;
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::signal(signal, SIG_DFL);
      for (int64_t flops = 2;; ++flops)
        if (llvm::Error error = write(flops, output))
          ::_exit(1);
    }
    ::usleep(1000 + random() % 20000);
    ::kill(child, signal);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed";
    EXPECT_GE(flopsOfWholePackage(), 1);
    if (signal == SIGTERM)
      EXPECT_TRUE(hiddenFiles(folder.path).empty()) << "round " << round;
    // What a kill left behind goes with the next package.
    writeWell(1);
    EXPECT_TRUE(hiddenFiles(folder.path).empty()) << "round " << round;
  }
}

TEST_F(Folder, MissingAttributesAreOurFault) {
  for (const char *attributes :
       {"", "buddy.signature = 3", "buddy.signature = {inputs = [], outputs = []}",
        "buddy.signature = {inputs = [3], outputs = []}"}) {
    auto module = parseModule(context, attributes);
    auto [kind, text] =
        failureOf(writePackage(*module, weights.store, testTarget(), TINY_MODEL, output));
    EXPECT_EQ(kind, PackageFailure::Internal);
    EXPECT_CONTAINS(text, "the module's attribute buddy.");
  }
  auto module = parseModule(context, layerAttributes(200, 300, 1));
  auto [kind, text] =
      failureOf(writePackage(*module, weights.store, testTarget(), "/etc/hostname", output));
  EXPECT_EQ(kind, PackageFailure::Internal);
}

} // namespace
