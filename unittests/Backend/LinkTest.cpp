// The link: what may be undefined, what is an error, and that nothing half-made is left.

#include "buddy/Backend/Link.h"
#include "Compiled.h"
#include "buddy/Backend/Object.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <fstream>

using namespace buddy;

namespace {

std::string textOf(llvm::Error error) { return llvm::toString(std::move(error)); }

// An object file whose forward calls `callee`, a function of an f32 that is defined nowhere.
void emitCallOf(const std::string &callee, const Target &target, const std::string &path) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      R"mlir(module attributes {buddy.signature = {inputs = [], outputs = []}} {
        llvm.func @)mlir" +
          callee + R"mlir((f32) -> f32
        llvm.func @forward(%params: !llvm.ptr, %workspace: !llvm.ptr) {
          %x = llvm.load %params : !llvm.ptr -> f32
          %y = llvm.call @)mlir" +
          callee + R"mlir((%x) : (f32) -> f32
          llvm.store %y, %workspace : f32, !llvm.ptr
          llvm.return
        }
      })mlir",
      &context);
  ASSERT_TRUE(module);
  ASSERT_EQ(textOf(emitObject(*module, target, {}, path)), "");
}

Target namedTarget(const char *name) {
  llvm::Expected<Target> target = getTarget(name);
  if (target)
    return *target;
  ADD_FAILURE() << textOf(target.takeError());
  return {};
}

TEST(Link, LibmIsNamedWhereItIsUsed) {
  for (const char *name : {"x86-64-v3", "aarch64"}) {
    TemporaryFolder folder;
    Target target = namedTarget(name);
    emitCallOf("expf", target, folder / "m.o");
    ASSERT_EQ(textOf(linkShared(folder / "m.o", folder / "m.so", target)), "");
    auto needed = neededLibraries(folder / "m.so");
    ASSERT_TRUE(bool(needed)) << textOf(needed.takeError());
    EXPECT_EQ(*needed, std::vector<std::string>{"libm.so.6"});
  }
}

TEST(Link, UnexpectedSymbolsAreListed) {
  TemporaryFolder folder;
  Target target = namedTarget("x86-64-v3");
  emitCallOf("memrefCopy", target, folder / "m.o");
  std::string error = textOf(linkShared(folder / "m.o", folder / "m.so", target));
  EXPECT_NE(error.find("no library of the runtime has: memrefCopy"), std::string::npos) << error;
  EXPECT_FALSE(llvm::sys::fs::exists(folder / "m.so"));
}

TEST(Link, BrokenObjectsAreErrors) {
  TemporaryFolder folder;
  Target target = namedTarget("x86-64-v3");
  EXPECT_NE(textOf(linkShared(folder / "none.o", folder / "m.so", target))
                .find("cannot read the object file"),
            std::string::npos);
  std::ofstream(folder / "text.o") << "not an object file";
  EXPECT_NE(textOf(linkShared(folder / "text.o", folder / "m.so", target))
                .find("cannot read the object file"),
            std::string::npos);
}

TEST(Link, LldsOwnWordsAreInTheError) {
  TemporaryFolder folder;
  Target target = namedTarget("x86-64-v3");
  emitCallOf("expf", target, folder / "m.o");
  std::string error = textOf(linkShared(folder / "m.o", "/nonexistent/m.so", target));
  EXPECT_NE(error.find("linking with"), std::string::npos) << error;
  EXPECT_NE(error.find("/nonexistent/m.so"), std::string::npos) << error;
}

TEST(Link, NeededLibrariesOfSomethingElse) {
  TemporaryFolder folder;
  std::ofstream(folder / "text.so") << "not a library";
  auto needed = neededLibraries(folder / "text.so");
  ASSERT_FALSE(bool(needed));
  EXPECT_NE(textOf(needed.takeError()).find("cannot read the library"), std::string::npos);
}

} // namespace
