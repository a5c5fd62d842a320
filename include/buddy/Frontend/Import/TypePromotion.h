// PyTorch's type promotion: the element type in which an operation on mixed operands is computed.
#pragma once

#include "buddy/Frontend/Graph/IR/Size.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <optional>
#include <variant>

namespace buddy {

// A Python number as it is written in the program.
struct Scalar {
  enum class Kind { Bool, Int, Float };
  Kind kind = Kind::Int;
  int64_t integer = 0; // Bool and Int
  double number = 0;   // Float

  static Scalar ofInt(int64_t value) { return {Kind::Int, value, 0}; }
  static Scalar ofFloat(double value) { return {Kind::Float, 0, value}; }
  static Scalar ofBool(bool value) { return {Kind::Bool, value, 0}; }
  double asDouble() const { return kind == Kind::Float ? number : double(integer); }
};

// A tensor or a Python number.
struct Operand {
  mlir::Value tensor; // null for a number
  Scalar scalar;
  Size size = 0; // an open one: the number is what each run chooses
};

// The promotion of two element types: bool < i32 < i64 < f16, bf16 < f32 < f64.
mlir::Type promoteElementTypes(mlir::Type a, mlir::Type b);

// torch.result_type: tensors of at least one dimension decide; one of no dimension, and after it a
// Python number, count only if they are of a higher category (bool, integer, float).
mlir::Type resultElementType(mlir::MLIRContext *context, llvm::ArrayRef<Operand> operands);

// torch.get_default_dtype() where integers go into an operation on floats.
mlir::Type floatElementType(mlir::Type element);

} // namespace buddy
