// The midend's passes.
#pragma once

#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "mlir/Pass/Pass.h"

namespace buddy {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "buddy/Midend/Passes.h.inc"

} // namespace buddy
