// MLIR says where it has printed each operation.
#include "StageText.h"
#include "buddy/Frontend/Graph/Transforms/Observed.h"
#include "mlir/IR/AsmState.h"

using namespace mlir;

namespace buddy {

StageText printStage(ModuleOp module, Places &places) {
  OpPrintingFlags flags;
  flags.enableDebugInfo(false);
  flags.elideLargeElementsAttrs(16);
  flags.elideLargeResourceString(64);
  AsmState::LocationMap printed;
  StageText result;
  Attribute values = module->removeAttr(graph::kValuesAttr);
  {
    llvm::raw_string_ostream stream(result.text);
    AsmState state(module, flags, &printed);
    module.print(stream, state);
    stream << "\n";
  }
  if (values)
    module->setAttr(graph::kValuesAttr, values);
  result.lines.assign(StringRef(result.text).count('\n'), -1);
  module.walk([&](Operation *op) {
    auto at = printed.find(op);
    // Lines are counted from 1. The module's own place is the archive.
    if (at == printed.end() || at->second.first == 0 || op == module.getOperation())
      return;
    size_t line = at->second.first - 1;
    if (line < result.lines.size())
      result.lines[line] = places.number(op->getLoc());
  });
  return result;
}

void writeStageText(llvm::json::OStream &out, const StageText &stage) {
  out.attribute("text", llvm::json::fixUTF8(stage.text));
  out.attributeArray("lines", [&] {
    for (size_t at = 0; at < stage.lines.size();) {
      size_t end = at;
      while (end < stage.lines.size() && stage.lines[end] == stage.lines[at])
        ++end;
      out.array([&] {
        out.value(int64_t(end - at));
        out.value(stage.lines[at]);
      });
      at = end;
    }
  });
}

} // namespace buddy
