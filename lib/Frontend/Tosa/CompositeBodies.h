// What the composites of normalizations and activations mean, and what is written on them.
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

} // namespace buddy::frontend
