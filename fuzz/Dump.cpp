// A stage's dump for --from: the first byte chooses the stage, the rest is the text.
#include "Context.h"
#include "DumpFile.h"
#include "Require.h"
#include "buddy/Pipelines/Pipelines.h"

using namespace mlir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  MLIRContext &context = buddy::fuzz::freshContext();
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
