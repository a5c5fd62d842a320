// Prints diagnostics.
#include "buddy/Pipelines/Diagnostics.h"
#include "mlir/IR/Location.h"

using namespace mlir;

std::string buddy::describeLocation(Location location) {
  if (auto file = dyn_cast<FileLineColLoc>(location)) {
    std::string text = file.getFilename().str() + ":" + std::to_string(file.getLine());
    if (file.getColumn())
      text += ":" + std::to_string(file.getColumn());
    return text;
  }
  if (auto name = dyn_cast<NameLoc>(location)) {
    std::string inner = describeLocation(name.getChildLoc());
    std::string own = name.getName().str();
    return inner.empty() ? own : own.empty() ? inner : inner + " (" + own + ")";
  }
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string text = describeLocation(part); !text.empty())
        return text;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return describeLocation(call.getCallee());
  return {};
}

buddy::DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context, llvm::raw_ostream &stream)
    : stream(stream), handler(context, [this](Diagnostic &diagnostic) {
        print(diagnostic, 0);
        return success();
      }) {}

void buddy::DiagnosticPrinter::print(Diagnostic &diagnostic, int indent) {
  StringRef kind = "note";
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    kind = "error";
    ++errorCount;
    break;
  case DiagnosticSeverity::Warning:
    kind = "warning";
    break;
  case DiagnosticSeverity::Remark:
    kind = "remark";
    break;
  case DiagnosticSeverity::Note:
    break;
  }
  std::string where = describeLocation(diagnostic.getLocation());
  stream.indent(indent);
  if (indent == 0)
    stream << "buddy: " << kind << ": ";
  if (!where.empty())
    stream << where << ": ";
  stream << diagnostic.str() << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    print(note, 2);
}
