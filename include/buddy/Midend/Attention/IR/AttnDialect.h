// The attn dialect and its op.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "buddy/Midend/Attention/IR/AttnDialect.h.inc"

#define GET_OP_CLASSES
#include "buddy/Midend/Attention/IR/AttnOps.h.inc"
