// The six backend stages: from vector, memref and OpenMP to the LLVM dialect. Each runs on a whole
// module, `forward` and what it calls together. Between stages, values whose type is not yet
// lowered pass through builtin.unrealized_conversion_cast.
#pragma once

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace buddy::backend {

// vector-to-llvm: checks the midend's contract, then lowers vector operations.
void buildVectorToLlvmPipeline(mlir::OpPassManager &pm);

// memref-expansion: views become address arithmetic, loads, stores and allocas become llvm's.
void buildMemrefExpansionPipeline(mlir::OpPassManager &pm);

// arith-to-llvm: math, arith, index and ub.
void buildArithToLlvmPipeline(mlir::OpPassManager &pm);

// cf-to-llvm: loops and conditionals become branches.
void buildCfToLlvmPipeline(mlir::OpPassManager &pm);

// func-to-llvm: functions with bare pointers for arguments; types inside OpenMP regions.
void buildFuncToLlvmPipeline(mlir::OpPassManager &pm);

// reconcile-casts: the casts between stages cancel out; checks that only llvm and omp are left.
void buildReconcileCastsPipeline(mlir::OpPassManager &pm);

} // namespace buddy::backend
