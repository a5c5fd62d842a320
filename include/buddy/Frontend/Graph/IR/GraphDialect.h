// The graph dialect: PyTorch's operations as imported, the "Buddy graph".
#pragma once

#include "buddy/Frontend/Graph/IR/Size.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "buddy/Frontend/Graph/IR/GraphDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "buddy/Frontend/Graph/IR/GraphAttrs.h.inc"
