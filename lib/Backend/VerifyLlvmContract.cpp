// The door between the backend's dialects and the translation to LLVM IR.

#include "ContractReport.h"
#include "EntryPoint.h"
#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringSwitch.h"

namespace buddy::backend {
#define GEN_PASS_DEF_VERIFYLLVMCONTRACTPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;
using namespace buddy::backend;

namespace {

bool isLegal(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  return dialect == "llvm" || dialect == "omp";
}

StringRef stageThatLowers(Operation *op) {
  return llvm::StringSwitch<StringRef>(op->getName().getDialectNamespace())
      .Case("vector", "vector-to-llvm")
      .Cases({"memref", "affine"}, "memref-expansion")
      .Cases({"arith", "math", "index", "ub"}, "arith-to-llvm")
      .Cases({"scf", "cf"}, "cf-to-llvm")
      .Case("func", "func-to-llvm")
      .Default("vector-optimization");
}

struct VerifyLlvmContractPass
    : buddy::backend::impl::VerifyLlvmContractPassBase<VerifyLlvmContractPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ContractReport report(module, "buddy-llvm-contract", "reconcile-casts");
    module.walk([&](Operation *op) {
      if (isa<LLVM::FMulAddOp>(op))
        return report.error(op, "leaves its roundings to the code generator; llvm.intr.fma has one",
                            "vector-to-llvm");
      if (op == module.getOperation() || isLegal(op))
        return;
      if (auto cast = dyn_cast<UnrealizedConversionCastOp>(op))
        return checkCast(cast, report);
      report.error(op, "was not lowered", stageThatLowers(op));
    });
    // A function that was not lowered is there, and said.
    if (!module.lookupSymbol<func::FuncOp>("forward"))
      if (llvm::Error error = buddy::backend::checkLlvmForward(module))
        report.error(module, llvm::toString(std::move(error)), "func-to-llvm");
    if (failed(report.finish()))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

  // A cast stays because of an operation beside it that was not lowered; that one gets the error.
  static void checkCast(UnrealizedConversionCastOp cast, ContractReport &report) {
    auto explains = [](Operation *op) {
      return op && !isLegal(op) && !isa<UnrealizedConversionCastOp>(op);
    };
    if (llvm::any_of(cast->getUsers(), explains) ||
        llvm::any_of(cast.getInputs(),
                     [&](Value input) { return explains(input.getDefiningOp()); }))
      return;
    report.error(cast, "a cast between types is left that nothing cancels", "reconcile-casts");
  }
};

} // namespace
