// The stages, a temporary folder and dlopen.

#include "Compiled.h"
#include "buddy/Backend/Stages.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <dlfcn.h>

using namespace mlir;

TemporaryFolder::TemporaryFolder() {
  llvm::SmallString<128> folder;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("buddy-backend-test", folder))
    ADD_FAILURE() << code.message();
  path = folder.str().str();
}

TemporaryFolder::~TemporaryFolder() { llvm::sys::fs::remove_directories(path); }

Lowered::Lowered(const std::string &ir) {
  context.loadDialect<func::FuncDialect, arith::ArithDialect, math::MathDialect,
                      memref::MemRefDialect, affine::AffineDialect, scf::SCFDialect,
                      cf::ControlFlowDialect, vector::VectorDialect, omp::OpenMPDialect,
                      ub::UBDialect, index::IndexDialect, LLVM::LLVMDialect>();
  context.getDiagEngine().registerHandler(
      [this](Diagnostic &diagnostic) { errors += diagnostic.str() + "\n"; });
  module = parseSourceString<ModuleOp>(ir, &context);
  if (!module)
    return;
  PassManager pm(&context);
  buddy::backend::buildVectorToLlvmPipeline(pm);
  buddy::backend::buildMemrefExpansionPipeline(pm);
  buddy::backend::buildArithToLlvmPipeline(pm);
  buddy::backend::buildCfToLlvmPipeline(pm);
  buddy::backend::buildFuncToLlvmPipeline(pm);
  buddy::backend::buildReconcileCastsPipeline(pm);
  if (failed(pm.run(*module)))
    module = nullptr;
}

Library::Library(const std::string &path) {
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    ADD_FAILURE() << dlerror();
}

Library::~Library() {
  if (handle)
    dlclose(handle);
}

void *Library::symbol(const char *name) const { return handle ? dlsym(handle, name) : nullptr; }

std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}
