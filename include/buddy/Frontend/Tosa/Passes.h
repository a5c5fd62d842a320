// The passes of the room Frontend/Tosa: fused graph -> TOSA with composites.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace buddy::frontend {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "buddy/Frontend/Tosa/Passes.h.inc"

} // namespace buddy::frontend
