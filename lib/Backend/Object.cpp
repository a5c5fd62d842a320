// LLVM dialect -> LLVM IR -> optimized LLVM IR -> object file.

#include "buddy/Backend/Object.h"
#include "EntryPoint.h"
#include "buddy/Target/TargetMachine.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace buddy;

namespace {

// LLVM's own handler prints errors and ends the process; this one keeps them.
struct KeepErrors : llvm::DiagnosticHandler {
  explicit KeepErrors(std::string &errors) : errors(errors) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    if (info.getSeverity() == llvm::DS_Error) {
      llvm::raw_string_ostream stream(errors);
      llvm::DiagnosticPrinterRawOStream printer(stream);
      stream << (errors.empty() ? "" : "; ");
      info.print(printer);
    }
    return true;
  }
  std::string &errors;
};

llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module,
                                                        llvm::LLVMContext &context) {
  mlir::registerBuiltinDialectTranslation(*module.getContext());
  mlir::registerLLVMDialectTranslation(*module.getContext());
  mlir::registerOpenMPDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> result =
      mlir::translateModuleToLLVMIR(module, context, "libmodel", /*disableVerification=*/true);
  if (!result)
    return llvm::createStringError("the module cannot be translated to LLVM IR; it must hold only "
                                   "the llvm and omp dialects (stage reconcile-casts)");
  std::string problems;
  llvm::raw_string_ostream stream(problems);
  if (llvm::verifyModule(*result, &stream))
    return llvm::createStringError("the LLVM IR made from the module is not valid: " + problems);
  return result;
}

// Nothing but what the runtime calls is seen from outside, so that LLVM may inline, specialize and
// drop.
void hideAllBut(llvm::Module &module, llvm::ArrayRef<std::string> symbols) {
  auto hide = [&](llvm::GlobalValue &value) {
    if (value.isDeclaration() || llvm::is_contained(symbols, value.getName()))
      return;
    value.setLinkage(llvm::GlobalValue::InternalLinkage);
    value.setVisibility(llvm::GlobalValue::DefaultVisibility);
  };
  for (llvm::Function &function : module)
    hide(function);
  for (llvm::GlobalVariable &variable : module.globals())
    if (!variable.hasPrivateLinkage() && !variable.hasAppendingLinkage())
      hide(variable);
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine, int level) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = level > 1;
  tuning.SLPVectorization = level > 1;
  llvm::PassBuilder builder(&machine, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  static const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1, llvm::OptimizationLevel::O2,
      llvm::OptimizationLevel::O3};
  llvm::ModulePassManager passes = level == 0
                                       ? builder.buildO0DefaultPipeline(levels[0])
                                       : builder.buildPerModuleDefaultPipeline(levels[level]);
  passes.run(module, modules);
}

using Write = llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)>;

// Writes through `write` to the open file, which is called `path`.
llvm::Error writeOpen(int file, const std::string &path, Write write) {
  llvm::raw_fd_ostream stream(file, /*shouldClose=*/false);
  llvm::Error error = write(stream);
  stream.flush();
  std::error_code written = stream.error();
  stream.clear_error();
  if (!written)
    return error;
  // What went wrong before is of no interest: the file could not be written.
  llvm::consumeError(std::move(error));
  return llvm::createStringError(written, "cannot write '" + path + "': " + written.message());
}

// Writes a file through `write`: it appears whole or not at all. What is there and is no file, a
// device or a pipe, is written to and stays what it is.
llvm::Error writeFile(const std::string &path, Write write) {
  namespace fs = llvm::sys::fs;
  auto failed = [&](std::error_code code) {
    return llvm::createStringError(code, "cannot write '" + path + "': " + code.message());
  };
  if (fs::exists(path) && !fs::is_regular_file(path)) {
    int file = -1;
    if (std::error_code code = fs::openFileForWrite(path, file, fs::CD_OpenExisting))
      return failed(code);
    llvm::Error error = writeOpen(file, path, write);
    llvm::sys::Process::SafelyCloseFileDescriptor(file);
    return error;
  }
  llvm::Expected<fs::TempFile> file = fs::TempFile::create(path + ".partial-%%%%%%%%");
  if (!file)
    return failed(llvm::errorToErrorCode(file.takeError()));
  if (llvm::Error error = writeOpen(file->FD, path, write)) {
    llvm::consumeError(file->discard());
    return error;
  }
  if (llvm::Error kept = file->keep(path))
    return failed(llvm::errorToErrorCode(std::move(kept)));
  return llvm::Error::success();
}

llvm::Error generate(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType kind,
                     const std::string &path) {
  return writeFile(path, [&](llvm::raw_pwrite_stream &stream) -> llvm::Error {
    llvm::legacy::PassManager passes;
    if (machine.addPassesToEmitFile(passes, stream, nullptr, kind))
      return llvm::createStringError("LLVM cannot write this kind of file for " +
                                     machine.getTargetTriple().str());
    passes.run(module);
    return llvm::Error::success();
  });
}

} // namespace

llvm::Error buddy::emitObject(mlir::ModuleOp llvmDialectModule, const Target &target,
                              const ObjectOptions &options, const std::string &objectPath) {
  auto machine = createTargetMachine(target, options.optLevel);
  if (!machine)
    return machine.takeError();

  // The entry, the triple and the data layout are not part of the module that is dumped.
  mlir::OwningOpRef<mlir::ModuleOp> copy = llvmDialectModule.clone();
  if (llvm::Error error = backend::addEntryPoint(*copy))
    return error;
  setTargetOnModule(*copy, target, **machine);

  std::string problems;
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<KeepErrors>(problems));
  auto module = translate(*copy, context);
  if (!module)
    return module.takeError();
  (*module)->setPICLevel(llvm::PICLevel::BigPIC);
  hideAllBut(**module, {entrySymbol(*copy), workspaceSymbol(*copy)});
  applyTargetAttributes(**module, target);
  optimize(**module, **machine, options.optLevel);

  if (!options.saveLlvmIr.empty())
    if (llvm::Error error = writeFile(options.saveLlvmIr, [&](llvm::raw_pwrite_stream &stream) {
          (*module)->print(stream, nullptr);
          return llvm::Error::success();
        }))
      return error;
  // Generating code changes the module, so the assembly is made from a copy.
  if (!options.saveAssembly.empty())
    if (llvm::Error error = generate(*llvm::CloneModule(**module), **machine,
                                     llvm::CodeGenFileType::AssemblyFile, options.saveAssembly))
      return error;
  if (llvm::Error error =
          generate(**module, **machine, llvm::CodeGenFileType::ObjectFile, objectPath))
    return error;
  if (!problems.empty()) {
    llvm::sys::fs::remove(objectPath);
    return llvm::createStringError("LLVM reported errors while it generated code: " + problems);
  }
  return llvm::Error::success();
}
