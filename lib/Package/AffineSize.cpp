// Affine expressions to polynomials.
#include "AffineSize.h"

using namespace mlir;
using buddy::runtime::SizeExpression;

namespace buddy {

static std::optional<SizeExpression> sizeOf(AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return SizeExpression(constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression))
    return SizeExpression::symbol(symbol.getPosition());
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  bool isSum = binary && binary.getKind() == AffineExprKind::Add;
  if (!isSum && !(binary && binary.getKind() == AffineExprKind::Mul))
    return std::nullopt;
  auto left = sizeOf(binary.getLHS()), right = sizeOf(binary.getRHS());
  if (!left || !right)
    return std::nullopt;
  return isSum ? SizeExpression::add(*left, *right) : SizeExpression::multiply(*left, *right);
}

std::optional<std::vector<SizeExpression>> sizesOf(AffineMap map, size_t numSymbols) {
  if (map.getNumDims() != 0 || map.getNumSymbols() > numSymbols)
    return std::nullopt;
  std::vector<SizeExpression> sizes;
  for (AffineExpr result : map.getResults()) {
    auto size = sizeOf(result);
    if (!size)
      return std::nullopt;
    sizes.push_back(std::move(*size));
  }
  return sizes;
}

} // namespace buddy
