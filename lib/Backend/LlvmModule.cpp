// LLVM dialect -> LLVM IR -> optimized LLVM IR.

#include "LlvmModule.h"
#include "EntryPoint.h"
#include "FloatControl.h"
#include "buddy/Backend/Object.h"
#include "buddy/Target/TargetMachine.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/OpenMP/OpenMPToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"

using namespace buddy;
using namespace buddy::backend;

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

} // namespace

LlvmContext::LlvmContext() { context.setDiagnosticHandler(std::make_unique<KeepErrors>(problems)); }

llvm::Expected<std::unique_ptr<llvm::Module>>
backend::makeLlvmModule(mlir::ModuleOp module, const Target &target, llvm::TargetMachine &machine,
                        int optLevel, llvm::LLVMContext &context) {
  setTargetOnModule(module, target, machine);
  auto result = translate(module, context);
  if (!result)
    return result.takeError();
  (*result)->setPICLevel(llvm::PICLevel::BigPIC);
  hideAllBut(**result, {entrySymbol(module), workspaceSymbol(module), profileSymbol(module)});
  controlFloats(**result, entrySymbol(module));
  applyTargetAttributes(**result, target);
  optimize(**result, machine, optLevel);
  return result;
}

llvm::Error backend::generateCode(llvm::Module &module, llvm::TargetMachine &machine,
                                  llvm::CodeGenFileType kind, llvm::raw_pwrite_stream &stream) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, kind))
    return llvm::createStringError("LLVM cannot write this kind of file for " +
                                   machine.getTargetTriple().str());
  passes.run(module);
  return llvm::Error::success();
}
