// The pass buddy-tosa-doubles: what is computed in f64 leaves TOSA, which has no such type.
#include "buddy/Frontend/Tosa/Passes.h"
#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Conversion/TosaToSCF/TosaToSCF.h"
#include "mlir/Conversion/TosaToTensor/TosaToTensor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Transforms/DialectConversion.h"

using namespace mlir;

namespace buddy::frontend {
#define GEN_PASS_DEF_DOUBLESTOLINALGPASS
#include "buddy/Frontend/Tosa/Passes.h.inc"

namespace {

bool hasDoubles(Operation *op) {
  auto isDouble = [](Type type) { return getElementTypeOrSelf(type).isF64(); };
  return llvm::any_of(op->getOperandTypes(), isDouble) ||
         llvm::any_of(op->getResultTypes(), isDouble);
}

struct DoublesToLinalgPass : impl::DoublesToLinalgPassBase<DoublesToLinalgPass> {
  void runOnOperation() override {
    TypeConverter types;
    types.addConversion([](Type type) { return type; });
    ConversionTarget target(getContext());
    target.addDynamicallyLegalDialect<tosa::TosaDialect>(
        [](Operation *op) { return !hasDoubles(op); });
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });

    // The stage tosa-to-linalg does the same with all of TOSA: first what linalg has a name for,
    // which reads constants that the others replace.
    RewritePatternSet first(&getContext()), others(&getContext());
    tosa::populateTosaToLinalgNamedConversionPatterns(types, &first, TosaToLinalgNamedOptions());
    tosa::populateTosaToLinalgConversionPatterns(types, &others);
    tosa::populateTosaToArithConversionPatterns(&others);
    tosa::populateTosaToTensorConversionPatterns(types, &others);
    tosa::populateTosaToSCFConversionPatterns(&others);
    FrozenRewritePatternSet othersFrozen(std::move(others));
    SmallVector<Operation *> named;
    getOperation().walk([&](Operation *op) {
      if (isa<tosa::MatMulOp, tosa::TransposeOp>(op) && hasDoubles(op))
        named.push_back(op);
    });
    if (failed(applyPartialConversion(named, target, std::move(first))) ||
        failed(applyPartialConversion(getOperation(), target, othersFrozen)))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::frontend
