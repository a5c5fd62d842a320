// A context of one thread for sizes, which are attributes of the graph dialect.
#pragma once

#include "mlir/IR/MLIRContext.h"

namespace buddy::fuzz {

// The same for some thousand calls: attributes stay in it.
mlir::MLIRContext &freshGraphContext();

} // namespace buddy::fuzz
