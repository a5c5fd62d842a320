// A Target as LLVM's TargetMachine, module attributes and function attributes.

#include "buddy/Target/TargetMachine.h"
#include "LlvmBackends.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

using namespace buddy;

std::string buddy::featureString(const Target &target) {
  std::string text;
  for (const std::string &feature : target.features)
    text += (text.empty() ? "+" : ",+") + feature;
  return text;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
buddy::createTargetMachine(const Target &target, int optLevel) {
  llvm::Expected<const llvm::Target *> backend = lookupLlvmTarget(target.triple);
  if (!backend)
    return backend.takeError();
  std::optional<llvm::CodeGenOptLevel> level = llvm::CodeGenOpt::getLevel(optLevel);
  if (!level)
    return llvm::createStringError("optimization level " + std::to_string(optLevel) +
                                   " is not one of 0, 1, 2, 3");
  llvm::TargetOptions options;
  // No liberty is taken. Where a multiplication and an addition round once, the IR says fma: else
  // the numbers would depend on what the code generator can see at a time. Masks rely on -inf, and
  // a NaN of the input must reach the output.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine((*backend)->createTargetMachine(
      llvm::Triple(target.triple), target.cpu, featureString(target), options, llvm::Reloc::PIC_,
      std::nullopt, *level));
  if (!machine)
    return llvm::createStringError("this LLVM cannot generate code for " + target.triple);
  return machine;
}

void buddy::setTargetOnModule(mlir::ModuleOp module, const Target &target,
                              const llvm::TargetMachine &machine) {
  mlir::MLIRContext *context = module.getContext();
  auto string = [&](llvm::StringRef text) { return mlir::StringAttr::get(context, text); };
  module->setAttr(mlir::LLVM::LLVMDialect::getTargetTripleAttrName(), string(target.triple));
  module->setAttr(mlir::LLVM::LLVMDialect::getDataLayoutAttrName(),
                  string(machine.createDataLayout().getStringRepresentation()));
}

void buddy::applyTargetAttributes(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("tune-cpu", target.tuneCpu);
    function.addFnAttr("target-features", featureString(target));
    // LLVM otherwise keeps to 256 bits on x86-64-v4, for the clock rate of CPUs long gone.
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBits));
    // Nobody reads the floating-point exception flags, so speculation may raise them.
    function.addFnAttr("no-trapping-math", "true");
    // Neither libomp nor our code throws; the unwind table is for debuggers and profilers.
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.setUWTableKind(llvm::UWTableKind::Async);
  }
}
