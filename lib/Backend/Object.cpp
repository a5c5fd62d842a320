// LLVM dialect -> object file.

#include "buddy/Backend/Object.h"
#include "EntryPoint.h"
#include "LlvmModule.h"
#include "buddy/Target/TargetMachine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace buddy;
using namespace buddy::backend;

namespace {

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
  return writeFile(path, [&](llvm::raw_pwrite_stream &stream) {
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
  if (!keeper.problems.empty()) {
    llvm::sys::fs::remove(objectPath);
    return llvm::createStringError("LLVM reported errors while it generated code: " +
                                   keeper.problems);
  }
  return llvm::Error::success();
}
