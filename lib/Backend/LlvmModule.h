// The LLVM module that an object file is made from.
#pragma once

#include "buddy/Target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace buddy::backend {

// A context whose errors are kept, where LLVM's own would end the process.
struct LlvmContext {
  LlvmContext();
  llvm::LLVMContext context;
  std::string problems; // empty: none
};

// Translates and optimizes `module`, which has its entry point and is changed. Only the entry's own
// symbols can be seen from outside.
llvm::Expected<std::unique_ptr<llvm::Module>>
makeLlvmModule(mlir::ModuleOp module, const Target &target, llvm::TargetMachine &machine,
               int optLevel, llvm::LLVMContext &context);

// Changes the module.
llvm::Error generateCode(llvm::Module &module, llvm::TargetMachine &machine,
                         llvm::CodeGenFileType kind, llvm::raw_pwrite_stream &stream);

} // namespace buddy::backend
