// Running sums as a loop, for what TOSA has no word for.
#pragma once

#include "mlir/IR/Builders.h"

namespace buddy::frontend {

// Element i along `dim` is the sum of the elements 0 to i of the ranked tensor `value`; of floats
// in f64, each rounded once, as ATen has it. A size may be a number that stands for one that each
// run chooses (Frontend/Graph/IR/Sizes.h).
mlir::Value runningSum(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                       int64_t dim);

} // namespace buddy::frontend
