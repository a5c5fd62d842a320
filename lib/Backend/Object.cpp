// LLVM dialect -> object file.

#include "buddy/Backend/Object.h"
#include "EntryPoint.h"
#include "LlvmModule.h"
#include "buddy/Backend/WholeFile.h"
#include "buddy/Target/TargetMachine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace buddy;
using namespace buddy::backend;

namespace {

llvm::Error generate(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType kind,
                     const std::string &path) {
  return writeWholeFile(path, [&](llvm::raw_pwrite_stream &stream) {
    return generateCode(module, machine, kind, stream);
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
  if (llvm::Error error = addEntryPoint(*copy))
    return error;
  LlvmContext keeper;
  auto module = makeLlvmModule(*copy, target, **machine, options.optLevel, keeper.context);
  if (!module)
    return module.takeError();

  if (!options.saveLlvmIr.empty())
    if (llvm::Error error =
            writeWholeFile(options.saveLlvmIr, [&](llvm::raw_pwrite_stream &stream) {
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
  if (!keeper.problems.empty()) {
    llvm::sys::fs::remove(objectPath);
    return llvm::createStringError("LLVM reported errors while it generated code: " +
                                   keeper.problems);
  }
  return llvm::Error::success();
}
