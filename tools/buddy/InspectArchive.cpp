// buddy inspect layer.pt2: what an exported archive computes, and everything in it that cannot be
// compiled. The program is taken as far as TOSA, where the last of that is found; nothing is
// compiled.
#include "ArchiveFacts.h"
#include "Commands.h"
#include "Console.h"
#include "Inspect.h"
#include "buddy/Frontend/Import/Import.h"
#include "buddy/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace buddy {

static std::vector<NamedTensor> readList(Attribute attribute, ArrayRef<Symbol> symbols) {
  std::vector<NamedTensor> result;
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  for (Attribute item : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    if (!dictionary)
      continue;
    NamedTensor named;
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
      llvm::interleaveComma(sizesOf(type), out, [&](Size size) { out << sizeText(size, symbols); });
      out << "]";
      named.elements = productOf(sizesOf(type)).asNumber().value_or(0);
    }
    result.push_back(std::move(named));
  }
  return result;
}

static void readProgram(const ImportedArchive::Program &program, ArchiveFacts &facts) {
  ArchiveProgram &read = facts.programs.emplace_back();
  read.entry = program.entry;
  ModuleOp module = *program.module;
  read.symbols = symbolsOf(module);
  if (auto signature = module->getAttrOfType<DictionaryAttr>("buddy.signature")) {
    read.inputs = readList(signature.get("inputs"), read.symbols);
    read.outputs = readList(signature.get("outputs"), read.symbols);
    read.states = readList(signature.get("states"), read.symbols);
  }
  for (NamedTensor &parameter : readList(module->getAttr("buddy.parameters"), {}))
    if (llvm::none_of(facts.parameters,
                      [&](const NamedTensor &known) { return known.name == parameter.name; }))
      facts.parameters.push_back(std::move(parameter));
}

// The programs' operations and refusals together.
static ImportReport join(const std::vector<ImportReport> &reports) {
  ImportReport all;
  for (const ImportReport &report : reports) {
    for (const auto &[name, count] : report.operations)
      all.operations[name] += count;
    for (const UnsupportedOperation &operation : report.unsupported) {
      auto known = llvm::find_if(all.unsupported, [&](const UnsupportedOperation &one) {
        return one.target == operation.target && one.reason == operation.reason;
      });
      if (known == all.unsupported.end())
        all.unsupported.push_back(operation);
      else
        llvm::append_range(known->uses, operation.uses);
    }
  }
  return all;
}

static void addProblem(ArchiveFacts &facts, const Diagnostic &diagnostic, bool isNote) {
  ArchiveProblem problem;
  problem.text = diagnostic.str();
  problem.isNote = isNote;
  if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>()) {
    problem.file = place.getFilename().getValue().str();
    problem.line = place.getLine();
  }
  facts.problems.push_back(std::move(problem));
}

// The stages of the frontend, in memory.
static void runFrontend(MLIRContext &context, ModuleOp module, const WeightStore &weights) {
  StageOptions options;
  options.readBuffer = [&](StringRef name, MutableArrayRef<char> out) {
    return weights.read(name, out);
  };
  for (int stage = 1; stage <= stageIndex("tosa"); ++stage) {
    PassManager pm(&context, ModuleOp::getOperationName());
    stages()[stage].build(pm, options);
    if (failed(pm.run(module)))
      return; // what it said is among the problems
  }
}

int inspectArchive(const std::string &path, InspectForm form) {
  if (form == InspectForm::Schedule)
    return error(path + " is no package: schedules are chosen when it is compiled", WrongUsage);
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  ArchiveFacts facts;
  ScopedDiagnosticHandler collector(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return;
    addProblem(facts, diagnostic, /*isNote=*/false);
    for (const Diagnostic &note : diagnostic.getNotes())
      addProblem(facts, note, /*isNote=*/true);
  });
  std::vector<ImportReport> reports;
  FailureOr<ImportedArchive> archive = importArchive(&context, path, &reports);
  facts.program = join(reports);
  if (succeeded(archive))
    for (ImportedArchive::Program &program : archive->programs) {
      readProgram(program, facts);
      runFrontend(context, *program.module, *archive->weights);
    }
  // Not even an archive: there is nothing to show.
  if (facts.program.operations.empty() && form == InspectForm::Text && !facts.problems.empty()) {
    for (const ArchiveProblem &problem : facts.problems)
      console() << (problem.isNote ? "buddy: note: " : "buddy: error: ") << problem.text << "\n";
    return BadInput;
  }
  if (form == InspectForm::Json)
    printArchiveJson(facts);
  else
    printArchiveText(path, facts);
  if (facts.isSupported())
    return Done;
  return error(path + " cannot be compiled yet", BadInput);
}

} // namespace buddy
