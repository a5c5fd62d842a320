// A .pt2 up to a verified module of the graph dialect.
#include "buddy/Frontend/Import/Import.h"
#include "ArchiveBytes.h"
#include "Context.h"
#include "MemoryFile.h"
#include "Require.h"

using namespace mlir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  MLIRContext &context = buddy::fuzz::freshContext();
  bool said = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    said |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  buddy::fuzz::MemoryFile file(
      buddy::fuzz::archiveOf({reinterpret_cast<const char *>(data), size}));
  REQUIRE(succeeded(buddy::importArchive(&context, file.path())) || said);
  return 0;
}
