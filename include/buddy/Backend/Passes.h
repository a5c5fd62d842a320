// The passes of the backend, declared in Passes.td.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace buddy::backend {

#define GEN_PASS_DECL
#include "buddy/Backend/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "buddy/Backend/Passes.h.inc"

} // namespace buddy::backend
