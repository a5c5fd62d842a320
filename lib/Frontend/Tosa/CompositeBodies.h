// What the composites of normalizations, activations and arithmetic mean, and what is written on
// them.
#pragma once

#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"

namespace buddy::frontend {

// args: x, [weight], [bias].
mlir::Value layerNormBody(TosaBuilder &t, graph::LayerNormOp op, mlir::ValueRange args);
mlir::DictionaryAttr layerNormAttributes(graph::LayerNormOp op);

// args: x.
mlir::Value geluBody(TosaBuilder &t, graph::GeluOp op, mlir::ValueRange args);
mlir::DictionaryAttr geluAttributes(graph::GeluOp op);

// 1 / divisor, if that is a constant and its inverse a number without rounding.
std::optional<double> exactInverse(mlir::Value divisor);

// Quotients and square roots, correctly rounded, and products with zero: the kind of composite that
// `op` is, or nothing.
llvm::StringRef arithmeticComposite(mlir::Operation *op);
// args: the operands, of shapes that broadcast.
mlir::Value arithmeticBody(TosaBuilder &t, llvm::StringRef kind, mlir::ValueRange args);

// Sums over 1, 2, 4, ... neighbours along `dim`, each from two of the sums before (Hillis and
// Steele 1986): TOSA has no running sum.
mlir::Value cumsumBody(TosaBuilder &t, int64_t dim, mlir::Value sum);
mlir::DictionaryAttr cumsumAttributes(graph::CumsumOp op);
// Whether its sums round, and its sizes are known.
bool isCumsumComposite(graph::CumsumOp op);

// A sum divided by the number of its terms takes the place of the mean.
void spellOutMean(mlir::OpBuilder &builder, graph::MeanOp op);

} // namespace buddy::frontend
