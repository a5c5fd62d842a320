// Whether a function only reads the memory that an argument points to.
#pragma once

#include "mlir/IR/Value.h"

namespace buddy::backend {

struct ArgumentUse {
  enum Kind { ReadOnly, Written, Unknown };
  Kind kind = ReadOnly;
  mlir::Operation *culprit = nullptr; // the operation that writes, or that hides what happens
};

// Follows every use of the memref `argument` through views and calls of functions defined in the
// same module. ReadOnly and Written are certain; Unknown is everything else.
ArgumentUse findArgumentUse(mlir::Value argument);

} // namespace buddy::backend
