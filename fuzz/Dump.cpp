// A stage's dump for --from: the first byte chooses the stage, the rest is the text.
#include "DumpFile.h"
#include "Require.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/IR/MLIRContext.h"
#include <memory>

using namespace mlir;

static MLIRContext &freshContext() {
  static std::unique_ptr<MLIRContext> context;
  static int uses = 0;
  // Types and attributes stay in a context.
  if (!context || ++uses % 500 == 0) {
    DialectRegistry registry;
    buddy::registerDialects(registry);
    context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    context->loadAllAvailableDialects();
  }
  return *context;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  MLIRContext &context = freshContext();
  bool said = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  llvm::StringRef text(reinterpret_cast<const char *>(data) + 1, size - 1);
  auto module = buddy::parseDump(llvm::MemoryBuffer::getMemBufferCopy(text, "fuzz.mlir"), context);
  REQUIRE(module || said);
  int count = buddy::stages().size();
  if (module)
    REQUIRE(succeeded(buddy::verifyStageInput(*module, 1 + data[0] % count)) || said);
  return 0;
}
