// The pieces of FuseAttention.
#pragma once

#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/IR/PatternMatch.h"

namespace buddy::graph {

// exp(x - amax(x)) / sum(exp(x - amax(x)))  ==>  graph.softmax
void populateSoftmaxPatterns(mlir::RewritePatternSet &patterns);
// matmul(softmax(matmul(q, k^T) ...), v)  ==>  graph.attention
void populateSpelledAttentionPatterns(mlir::RewritePatternSet &patterns);

// The two leading sizes [B, H] that `lead`, the sizes before the last two, folds to.
std::pair<Size, Size> batchAndHeads(llvm::ArrayRef<Size> lead);

// A mask that broadcasts to [lead..., queries, keys], as one of rank 4 that broadcasts to
// [B, H, queries, keys], another factoring of the same leading sizes.
mlir::Value maskToRank4(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value mask,
                        llvm::ArrayRef<Size> lead, Size batch, Size heads);

} // namespace buddy::graph
