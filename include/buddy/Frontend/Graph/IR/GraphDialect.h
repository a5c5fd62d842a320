// The graph dialect: PyTorch's operations as imported, the "Buddy graph".
#pragma once

#include "mlir/IR/Dialect.h"

#include "buddy/Frontend/Graph/IR/GraphDialect.h.inc"
