// Dumps for --from that MLIR's parser could not bear; fuzz/Dump.cpp looks for more of them.
#include "DumpFile.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace {

class DumpFile : public testing::Test {
protected:
  DumpFile() {
    buddy::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  // What is said of the text; empty if it is a module.
  std::string errorsOf(llvm::StringRef text) {
    std::string errors;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      errors += diagnostic.str() + "\n";
      return success();
    });
    auto module = buddy::parseDump(llvm::MemoryBuffer::getMemBufferCopy(text, "a.mlir"), context);
    EXPECT_EQ(bool(module), errors.empty()) << errors;
    return errors;
  }
  void expectRefused(llvm::StringRef text, llvm::StringRef why) {
    std::string errors = errorsOf(text);
    EXPECT_TRUE(llvm::StringRef(errors).contains(why)) << text.str() << "\n" << errors;
  }

  DialectRegistry registry;
  MLIRContext context{MLIRContext::Threading::DISABLED};
};

TEST_F(DumpFile, IsRead) {
  EXPECT_EQ(errorsOf(R"(
module attributes {buddy.a = "(((", buddy.b = -1 : i64} {
  func.func @forward(%x: tensor<2x?xf32>) -> tensor<2x?xf32> { // (((
    return %x : tensor<2x?xf32>
  }
})"),
            "");
}

TEST_F(DumpFile, NestedBeyondMeasure) {
  for (const char *bracket : {"(", "[", "{", "tuple<"}) {
    std::string text = "\n\"a.b\"() {a = ";
    for (int i = 0; i < 100000; ++i)
      text += bracket;
    expectRefused(text, "brackets are nested more than 256 levels deep");
  }
}

TEST_F(DumpFile, Bytecode) { expectRefused("ML\xefR", "is MLIR bytecode, and dumps are text"); }

} // namespace
