// What may be in the IR at the midend's doors. A failure names the pass to blame.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/DoubleMath.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace buddy {
#define GEN_PASS_DEF_TENSORCONTRACTPASS
#define GEN_PASS_DEF_BUFFERCONTRACTPASS
#define GEN_PASS_DEF_MIDENDCONTRACTPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// Every value type of `op` and of its block arguments.
static bool anyType(Operation *op, llvm::function_ref<bool(Type)> matches) {
  for (Type type : op->getOperandTypes())
    if (matches(type))
      return true;
  for (Type type : op->getResultTypes())
    if (matches(type))
      return true;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments())
        if (matches(argument.getType()))
          return true;
  return false;
}

static bool isBoolMemory(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped && !isa<VectorType>(type) && shaped.getElementType().isInteger(1);
}

// Walks the module; `check` returns what is wrong with an op, or an empty string.
static LogicalResult verify(ModuleOp module, StringRef stage,
                            llvm::function_ref<std::string(Operation *)> check) {
  bool ok = true;
  module.walk([&](Operation *op) {
    std::string problem = check(op);
    if (problem.empty())
      return;
    op->emitError() << "after " << stage << ": " << problem;
    ok = false;
  });
  return success(ok);
}

namespace {
struct TensorContract : buddy::impl::TensorContractPassBase<TensorContract> {
  void runOnOperation() override {
    auto check = [](Operation *op) -> std::string {
      if (isa<attn::AttnDialect>(op->getDialect()))
        return "attention is still one op (pass to blame: buddy-tile-attention)";
      if (isa<func::CallOp>(op)) {
        auto *callee =
            SymbolTable::lookupNearestSymbolFrom(op, cast<func::CallOp>(op).getCalleeAttr());
        if (callee && callee->hasAttr("buddy.composite"))
          return "a composite is still called (pass to blame: buddy-composites-to-attn)";
      }
      // On a loop it tells where the loop comes from.
      if (op->hasAttr(kScheduleAttr) && !isa<LoopLikeOpInterface>(op))
        return "a schedule was not applied (pass to blame: buddy-tile)";
      if (anyType(op, isBoolMemory))
        return "a boolean tensor is left (pass to blame: buddy-bools-to-bytes)";
      return {};
    };
    if (failed(verify(getOperation(), "tensor-optimization", check)))
      signalPassFailure();
  }
};

struct BufferContract : buddy::impl::BufferContractPassBase<BufferContract> {
  void runOnOperation() override {
    auto check = [](Operation *op) -> std::string {
      if (isa<bufferization::BufferizationDialect, tensor::TensorDialect>(op->getDialect()) ||
          anyType(op, [](Type type) { return isa<TensorType>(type); }))
        return "a tensor is left (pass to blame: one-shot-bufferize)";
      if (isa<memref::AllocOp, memref::DeallocOp>(op))
        return "memory is allocated when running (pass to blame: buddy-place-in-workspace)";
      if (anyType(op, isBoolMemory))
        return "booleans in memory (pass to blame: buddy-bools-to-bytes)";
      return {};
    };
    if (failed(verify(getOperation(), "bufferization", check)))
      signalPassFailure();
  }
};

struct MidendContract : buddy::impl::MidendContractPassBase<MidendContract> {
  void runOnOperation() override {
    auto check = [](Operation *op) -> std::string {
      if (!isa<BuiltinDialect, affine::AffineDialect, arith::ArithDialect, cf::ControlFlowDialect,
               func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
               omp::OpenMPDialect, scf::SCFDialect, ub::UBDialect, vector::VectorDialect>(
              op->getDialect()))
        return "dialect '" + op->getName().getDialectNamespace().str() +
               "' does not belong here (stages to blame: parallelization, affine-loops)";
      if (isa<vector::ContractionOp, vector::MultiDimReductionOp, vector::OuterProductOp>(op))
        return "a contraction is left (pass to blame: buddy-lower-contractions)";
      // What LLVM has instructions for; copysign and the like are bits.
      if (isa<math::MathDialect>(op->getDialect()) &&
          !isa<math::FmaOp, math::SqrtOp, math::RsqrtOp, math::FloorOp, math::CeilOp, math::TruncOp,
               math::RoundEvenOp, math::AbsFOp, math::AbsIOp, math::CopySignOp, math::IsNaNOp,
               math::IsInfOp, math::IsFiniteOp, math::IsNormalOp, math::CtPopOp,
               math::CountLeadingZerosOp, math::CountTrailingZerosOp>(op) &&
          !isLibmCall(op))
        return "'" + op->getName().getStringRef().str() +
               "' would be a call of libm (pass to blame: buddy-approximate-math)";
      if (isa<memref::AllocOp>(op))
        return "memory is allocated when running (pass to blame: buddy-place-in-workspace)";
      if (anyType(op, isBoolMemory))
        return "booleans in memory (pass to blame: buddy-bools-to-bytes)";
      return {};
    };
    if (failed(verify(getOperation(), "vector-optimization", check)))
      signalPassFailure();
  }
};
} // namespace
