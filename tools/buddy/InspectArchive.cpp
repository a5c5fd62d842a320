// buddy inspect layer.pt2: what an exported archive computes. An operation that is not supported is
// reported with its Python line, all of them at once.
#include "Commands.h"
#include "Inspect.h"
#include "TensorFiles.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Import/Import.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;
using namespace mlir;

namespace buddy {

namespace {
struct Named {
  std::string name, type, kind;
  int64_t elements = 0;
};
struct ArchiveFacts {
  std::vector<Named> inputs, outputs, parameters;
  std::map<std::string, int64_t> operations;
};
} // namespace

static std::vector<Named> readList(Attribute attribute) {
  std::vector<Named> result;
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  for (Attribute item : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    if (!dictionary)
      continue;
    Named named;
    if (auto name = dictionary.getAs<StringAttr>("name"))
      named.name = name.getValue().str();
    if (auto kind = dictionary.getAs<StringAttr>("kind"))
      named.kind = kind.getValue().str();
    auto typeAttr = dictionary.getAs<TypeAttr>("type");
    if (auto type =
            typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType()) {
      llvm::raw_string_ostream out(named.type);
      // As the rest of the tool writes types: i1 is PyTorch's bool.
      if (type.getElementType().isInteger(1))
        out << "bool";
      else
        out << type.getElementType();
      out << "[";
      llvm::interleaveComma(type.getShape(), out);
      out << "]";
      named.elements = type.hasStaticShape() ? type.getNumElements() : 0;
    }
    result.push_back(std::move(named));
  }
  return result;
}

static ArchiveFacts readFacts(ModuleOp module) {
  ArchiveFacts facts;
  if (auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature")) {
    facts.inputs = readList(signature.get("inputs"));
    facts.outputs = readList(signature.get("outputs"));
  }
  facts.parameters = readList(module->getAttr("buddy.parameters"));
  module.walk([&](Operation *op) {
    if (isa_and_present<graph::GraphDialect>(op->getDialect()))
      ++facts.operations[op->getName().getStringRef().str()];
  });
  return facts;
}

static void printText(const std::string &path, const ArchiveFacts &facts) {
  llvm::raw_ostream &out = llvm::outs();
  out << "archive    " << path << "\n";
  for (const Named &input : facts.inputs)
    out << "  input   " << llvm::left_justify(input.name, 20) << " " << input.type << "\n";
  for (const Named &output : facts.outputs)
    out << "  output  " << llvm::left_justify(output.name, 20) << " " << output.type << "\n";
  int64_t elements = 0, operations = 0;
  for (const Named &parameter : facts.parameters)
    elements += parameter.elements;
  out << "parameters " << facts.parameters.size() << ", " << elements << " elements\n";
  for (const Named &parameter : facts.parameters)
    out << "  " << llvm::left_justify(parameter.kind, 10) << " "
        << llvm::left_justify(parameter.name, 30) << " " << parameter.type << "\n";
  for (const auto &[name, count] : facts.operations)
    operations += count;
  out << "operations " << operations << ", all supported\n";
  for (const auto &[name, count] : facts.operations)
    out << "  " << llvm::right_justify(std::to_string(count), 5) << "  " << name << "\n";
}

static void writeList(json::OStream &out, llvm::StringRef key, const std::vector<Named> &list) {
  out.attributeArray(key, [&] {
    for (const Named &named : list)
      out.object([&] {
        out.attribute("name", named.name);
        out.attribute("type", named.type);
        if (!named.kind.empty())
          out.attribute("kind", named.kind);
      });
  });
}

static void printJson(const ArchiveFacts &facts) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("kind", "archive");
    writeList(out, "inputs", facts.inputs);
    writeList(out, "outputs", facts.outputs);
    writeList(out, "parameters", facts.parameters);
    out.attributeObject("operations", [&] {
      for (const auto &[name, count] : facts.operations)
        out.attribute(name, count);
    });
  });
  llvm::outs() << "\n";
}

static void printLine(Location location, DiagnosticSeverity severity, const std::string &text) {
  if (auto place = location->findInstanceOf<FileLineColLoc>())
    llvm::errs() << place.getFilename().getValue() << ":" << place.getLine() << ": ";
  else
    llvm::errs() << "buddy: ";
  switch (severity) {
  case DiagnosticSeverity::Note:
    llvm::errs() << "note: ";
    break;
  case DiagnosticSeverity::Warning:
    llvm::errs() << "warning: ";
    break;
  case DiagnosticSeverity::Error:
    llvm::errs() << "error: ";
    break;
  case DiagnosticSeverity::Remark:
    llvm::errs() << "remark: ";
    break;
  }
  llvm::errs() << text << "\n";
}

// The problem, then what belongs to it, each with its Python line where there is one.
static void printDiagnostic(Diagnostic &diagnostic) {
  printLine(diagnostic.getLocation(), diagnostic.getSeverity(), diagnostic.str());
  for (const Diagnostic &note : diagnostic.getNotes())
    printLine(note.getLocation(), note.getSeverity(), note.str());
}

int inspectArchive(const std::string &path, InspectForm form) {
  if (form == InspectForm::Schedule) {
    llvm::errs() << "buddy: error: " << path
                 << " is no package: schedules are chosen when it is compiled\n";
    return WrongUsage;
  }
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<graph::GraphDialect, func::FuncDialect, arith::ArithDialect>();
  ScopedDiagnosticHandler printer(&context, printDiagnostic);
  FailureOr<ImportedProgram> program = importPt2(&context, path);
  if (failed(program))
    return BadInput;
  ArchiveFacts facts = readFacts(*program->module);
  if (form == InspectForm::Json)
    printJson(facts);
  else
    printText(path, facts);
  llvm::outs().flush();
  return Done;
}

} // namespace buddy
