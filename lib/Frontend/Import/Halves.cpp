// Numbers beside tensors of f16 and bf16: PyTorch makes them that type first, as ATen's
// TensorIterator makes all operands one type. Its products and quotients alone take a number as it
// is (binary_kernel_reduced_floating_point_vec_opmath_support).
#include "Halves.h"
#include <cmath>

using namespace mlir;
using namespace buddy;
using Kind = pt2::Argument::Kind;

static bool isOperand(const pt2::NamedArgument &input) {
  return input.name == "self" || input.name == "other" || input.name == "exponent";
}

Type buddy::typeOfNumbers(const pt2::Node &node, const OpEntry &entry,
                          const GraphImporter::Scope &scope) {
  auto isIn = [&](ArrayRef<OpEntry> family) {
    return &entry >= family.begin() && &entry < family.end();
  };
  StringRef name = entry.target.split('.').first;
  if ((!isIn(arithmeticOps()) && !isIn(comparisonOps())) ||
      llvm::is_contained({"mul", "multiply", "div", "divide", "true_divide"}, name))
    return {};
  Type common;
  for (const pt2::NamedArgument &input : node.inputs) {
    if (!isOperand(input) || input.value.kind != Kind::Tensor)
      continue;
    Value value = scope.lookup(input.value.text);
    Type element = value ? elementTypeOf(value) : Type();
    if (!element || !isa<FloatType>(element) || sizesOf(value).empty())
      continue;
    if (!graph::isHalf(element) || (common && common != element))
      return {}; // f32 is what all become
    common = element;
  }
  return common;
}

pt2::Node buddy::withNumbersRounded(const pt2::Node &node, Type half) {
  pt2::Node rounded = node;
  for (pt2::NamedArgument &input : rounded.inputs) {
    pt2::Argument &number = input.value;
    bool isInt = number.kind == Kind::Int && number.sizes.empty();
    if (!isOperand(input) || !(isInt || number.kind == Kind::Float))
      continue;
    double before = isInt ? double(number.integer) : number.number;
    APFloat value{float(before)};
    bool isInexact;
    value.convert(cast<FloatType>(half).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &isInexact);
    double after = value.convertToFloat();
    if (after == before || std::isnan(before))
      continue;
    number.kind = Kind::Float;
    number.number = after;
  }
  return rounded;
}
