// A location becomes a line of an imaginary file: its number in a list. LLVM carries lines through
// its passes and into the assembly, where they are read back.

#include "buddy/Backend/Listing.h"
#include "EntryPoint.h"
#include "LlvmModule.h"
#include "buddy/Target/TargetMachine.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/AssemblyAnnotationWriter.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/Support/FormattedStream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace buddy;
using namespace buddy::backend;

// Gives each location of the module its number as line, from 1 on; 0: nothing is known.
static std::vector<mlir::Location> numberLocations(mlir::ModuleOp module) {
  llvm::MapVector<mlir::Location, unsigned> numbers;
  mlir::MLIRContext *context = module.getContext();
  auto file = mlir::StringAttr::get(context, "locations");
  module->walk([&](mlir::Operation *op) {
    unsigned number = 0;
    if (!mlir::isa<mlir::UnknownLoc>(op->getLoc()))
      number = numbers.try_emplace(op->getLoc(), numbers.size() + 1).first->second;
    op->setLoc(mlir::FileLineColLoc::get(file, number, 0));
  });
  std::vector<mlir::Location> locations;
  for (auto &[location, number] : numbers)
    locations.push_back(location);
  return locations;
}

namespace {
// Notes on which line of the text an instruction stands.
struct NoteLines : llvm::AssemblyAnnotationWriter {
  NoteLines(const llvm::DenseMap<const llvm::Instruction *, int> &numbers, std::vector<int> &lines)
      : numbers(numbers), lines(lines) {}
  void emitInstructionAnnot(const llvm::Instruction *instruction,
                            llvm::formatted_raw_ostream &stream) override {
    size_t line = stream.getLine();
    lines.resize(std::max(lines.size(), line + 1), -1);
    lines[line] = numbers.lookup_or(instruction, -1);
  }
  const llvm::DenseMap<const llvm::Instruction *, int> &numbers;
  std::vector<int> &lines;
};
} // namespace

static int numberOf(const llvm::DebugLoc &place) { return place ? int(place.getLine()) - 1 : -1; }

// The module's text without its debug information, which is removed.
static ListedText listIr(llvm::Module &module) {
  llvm::DenseMap<const llvm::Instruction *, int> numbers;
  for (const llvm::Function &function : module)
    for (const llvm::BasicBlock &block : function)
      for (const llvm::Instruction &instruction : block)
        numbers[&instruction] = numberOf(instruction.getDebugLoc());
  llvm::StripDebugInfo(module);
  ListedText listed;
  llvm::raw_string_ostream stream(listed.text);
  NoteLines notes(numbers, listed.lines);
  module.print(stream, &notes);
  listed.lines.resize(llvm::StringRef(listed.text).count('\n'), -1);
  return listed;
}

// Leaves the debug information out of an assembly text, and notes what it says.
static ListedText listAssembly(llvm::StringRef text) {
  ListedText listed;
  bool inDebugSection = false;
  int current = -1;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    llvm::StringRef word = line.ltrim();
    if (word.starts_with(".section") || word == ".text" || word == ".data" || word == ".bss")
      inDebugSection = word.starts_with(".section") && word.contains(".debug_");
    if (inDebugSection || word.starts_with(".file"))
      continue;
    if (word.consume_front(".loc\t") || word.consume_front(".loc ")) {
      unsigned file = 0, number = 0;
      word.consumeInteger(10, file);
      word = word.ltrim();
      word.consumeInteger(10, number);
      current = int(number) - 1;
      continue;
    }
    bool isDebugLabel = word.starts_with(".Ltmp") || word.starts_with(".Lfunc_begin") ||
                        word.starts_with(".Ldebug") || word.starts_with(".cfi_");
    if (isDebugLabel)
      continue;
    // Code is indented, and is no directive.
    bool isLabel = !line.empty() && line == word;
    bool isCode = !line.empty() && !isLabel && !word.starts_with(".") && !word.starts_with("#");
    if (isLabel && !word.starts_with("."))
      current = -1; // a function begins
    listed.text += line;
    listed.text += '\n';
    listed.lines.push_back(isCode ? current : -1);
  }
  return listed;
}

llvm::Expected<Listing> buddy::listCode(mlir::ModuleOp llvmDialectModule, const Target &target,
                                        int optLevel) {
  auto machine = createTargetMachine(target, optLevel);
  if (!machine)
    return machine.takeError();
  mlir::OwningOpRef<mlir::ModuleOp> copy = llvmDialectModule.clone();
  if (llvm::Error error = addEntryPoint(*copy))
    return std::move(error);
  Listing listing;
  listing.locations = numberLocations(*copy);
  mlir::PassManager passes(copy->getContext(), mlir::ModuleOp::getOperationName());
  passes.addPass(mlir::LLVM::createDIScopeForLLVMFuncOpPass());
  if (mlir::failed(passes.run(*copy)))
    return llvm::createStringError("functions cannot be given debug information");
  LlvmContext keeper;
  auto module = makeLlvmModule(*copy, target, **machine, optLevel, keeper.context);
  if (!module)
    return module.takeError();
  llvm::SmallString<0> assembly;
  {
    // Generating code changes the module, and what it is made from loses its lines.
    std::unique_ptr<llvm::Module> again = llvm::CloneModule(**module);
    llvm::raw_svector_ostream stream(assembly);
    if (llvm::Error error =
            generateCode(*again, **machine, llvm::CodeGenFileType::AssemblyFile, stream))
      return std::move(error);
  }
  if (!keeper.problems.empty())
    return llvm::createStringError("LLVM reported errors while it generated code: " +
                                   keeper.problems);
  listing.assembly = listAssembly(assembly);
  listing.llvmIr = listIr(**module);
  return listing;
}
