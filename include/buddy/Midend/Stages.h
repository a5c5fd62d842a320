// The eight midend stages: from TOSA to vector, memref and OpenMP. Each runs on a whole module,
// `forward` and what it calls together.
#pragma once

#include "buddy/Target/Target.h"
#include <memory>

namespace buddy {
struct ScheduleFile;
} // namespace buddy

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace buddy::midend {

// 1 tosa-to-linalg: composites become the ops they stand for, the rest linalg on tensors.
void buildTosaToLinalgPipeline(mlir::OpPassManager &pm);

// 2 arith-expansion: integer, min/max and rounding forms become what the target has. exp and its
// kin wait for vector-optimization: attention's do not exist yet.
void buildArithExpansionPipeline(mlir::OpPassManager &pm);

// 3 tensor-optimization: weights packed, a schedule chosen from `target` for each heavy op, tiled
// and vectorized on tensors. `schedules`, if not null, override chosen ones.
void buildTensorOptimizationPipeline(mlir::OpPassManager &pm, const Target &target,
                                     std::shared_ptr<ScheduleFile> schedules = nullptr);

// 4 bufferization: tensors become memory, in place; all of it in one workspace argument.
void buildBufferizationPipeline(mlir::OpPassManager &pm);

// 5 matmul-optimization: contractions become multiply-adds on registers.
void buildMatmulOptimizationPipeline(mlir::OpPassManager &pm);

// 6 affine-loops: what is left in linalg, nothing heavy, becomes affine loops.
void buildAffineLoopsPipeline(mlir::OpPassManager &pm);

// 7 parallelization: scf.forall becomes OpenMP loops.
void buildParallelizationPipeline(mlir::OpPassManager &pm);

// 8 vector-optimization: vectors down to single registers, exp to a polynomial.
void buildVectorOptimizationPipeline(mlir::OpPassManager &pm);

} // namespace buddy::midend
