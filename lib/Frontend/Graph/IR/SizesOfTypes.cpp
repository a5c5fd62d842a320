// Sizes as values, of types in which numbers stand for them.
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace buddy;
using Kind = SizeAtomKind;

Size buddy::sizeOfNumber(MLIRContext *context, int64_t number) {
  if (!isSymbolic(number))
    return number;
  std::optional<SmallVector<SizeTerm>> terms = readSize(number);
  if (!terms)
    return Size::unknown();
  Size sum = 0;
  for (const SizeTerm &term : *terms) {
    Size product = term.coefficient;
    for (unsigned symbol : term.symbols)
      product *= Size::symbol(context, symbol);
    sum += product;
  }
  return sum;
}

std::optional<int64_t> buddy::numberOfSize(Size size) {
  if (size.isNumber())
    return isSymbolic(size.getNumber()) ? std::nullopt : size.asNumber();
  // The larger of two symbols is the larger of their numbers, whatever a run gives them.
  for (const Size::Term &term : size.terms())
    for (const Size::Atom &atom : term.atoms)
      if (atom.kind != Kind::Symbol)
        return std::nullopt;
  SmallVector<int64_t> numbers, others;
  for (unsigned i = 0; i < kMostSymbols; ++i) {
    numbers.push_back(standIn(i));
    others.push_back(witness(i));
  }
  std::optional<int64_t> number = valueOf(size, numbers), other = valueOf(size, others);
  return number && other && isReadAs(*number, *other) ? number : std::nullopt;
}

static Size sizeOfAffine(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return Size::symbol(expr.getContext(), symbol.getPosition());
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return Size::unknown();
  Size lhs = sizeOfAffine(binary.getLHS()), rhs = sizeOfAffine(binary.getRHS());
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::FloorDiv:
    return floorDiv(lhs, rhs);
  case AffineExprKind::Mod:
    return mod(lhs, rhs);
  default:
    return Size::unknown();
  }
}

ArrayRef<Size> buddy::sizesOf(RankedTensorType type) {
  MLIRContext *context = type.getContext();
  // In the form that dumps have, `?` with a map.
  auto map = dyn_cast_or_null<AffineMapAttr>(type.getEncoding());
  if (map && map.getAffineMap().getNumResults() != type.getRank())
    map = {};
  SmallVector<Size> sizes;
  for (auto [i, size] : llvm::enumerate(type.getShape()))
    sizes.push_back(map && ShapedType::isDynamic(size)
                        ? sizeOfAffine(map.getAffineMap().getResult(i))
                        : sizeOfNumber(context, size));
  return graph::SizesAttr::get(context, sizes).getSizes();
}

ArrayRef<Size> buddy::sizesOf(Value value) {
  return sizesOf(cast<RankedTensorType>(value.getType()));
}

RankedTensorType buddy::tensorOf(ArrayRef<Size> sizes, Type element) {
  SmallVector<int64_t> shape;
  for (Size size : sizes) {
    std::optional<int64_t> number = numberOfSize(size);
    if (!number)
      return {};
    shape.push_back(*number);
  }
  return RankedTensorType::get(shape, element);
}

IntegerAttr buddy::sizeAttr(MLIRContext *context, Size size) {
  return IntegerAttr::get(IntegerType::get(context, 64),
                          numberOfSize(size).value_or(ShapedType::kDynamic));
}

//===----------------------------------------------------------------------===//
// Other forms
//===----------------------------------------------------------------------===//

static std::string textOf(const Size::Atom &atom, ArrayRef<Symbol> symbols) {
  if (atom.kind == Kind::Symbol)
    return atom.symbol < symbols.size() ? symbols[atom.symbol].name
                                        : "s" + std::to_string(atom.symbol);
  SmallVector<std::string> operands;
  bool isCall = atom.kind == Kind::Min || atom.kind == Kind::Max;
  for (Size operand : atom.operands) {
    std::string text = sizeText(operand, symbols);
    bool isSimple = isCall || text.find_first_of(" *(") == std::string::npos;
    operands.push_back(isSimple ? text : "(" + text + ")");
  }
  if (!isCall)
    return "(" + llvm::join(operands, atom.kind == Kind::Mod ? " % " : " // ") + ")";
  return (atom.kind == Kind::Min ? "min(" : "max(") + llvm::join(operands, ", ") + ")";
}

std::string buddy::sizeText(Size size, ArrayRef<Symbol> symbols) {
  std::string text;
  for (const Size::Term &term : size.terms()) {
    SmallVector<std::string> factors;
    int64_t coefficient = term.coefficient;
    bool isFirst = text.empty();
    if (!isFirst) {
      text += coefficient < 0 ? " - " : " + ";
      coefficient = coefficient < 0 ? -coefficient : coefficient;
    }
    if (coefficient == -1 && !term.atoms.empty())
      text += "-";
    else if (coefficient != 1 || term.atoms.empty())
      factors.push_back(std::to_string(coefficient));
    for (const Size::Atom &atom : term.atoms)
      factors.push_back(textOf(atom, symbols));
    text += llvm::join(factors, "*");
  }
  // A quotient that is all there is needs no brackets.
  StringRef inner(text);
  if (size.terms().size() == 1 && inner.starts_with("(") && inner.ends_with(")") &&
      size.terms()[0].atoms.size() == 1)
    return inner.drop_front().drop_back().str();
  return text.empty() ? "?" : text;
}

std::string buddy::shapeText(ArrayRef<Size> sizes, ArrayRef<Symbol> symbols) {
  std::string text;
  for (Size size : sizes) {
    std::string one = sizeText(size, symbols);
    bool isSum = StringRef(one).contains(' ');
    text += (text.empty() ? "" : "x") + (isSum ? "(" + one + ")" : one);
  }
  return sizes.empty() ? "[]" : text;
}

AffineMap buddy::affineMapOf(MLIRContext *context, ArrayRef<Size> sizes, unsigned numSymbols) {
  SmallVector<AffineExpr> exprs;
  for (Size size : sizes)
    exprs.push_back(affineExprOf(context, size));
  return llvm::is_contained(exprs, AffineExpr()) ? AffineMap()
                                                 : AffineMap::get(0, numSymbols, exprs, context);
}

AffineExpr buddy::affineExprOf(MLIRContext *context, Size size) {
  AffineExpr sum;
  for (const Size::Term &term : size.terms()) {
    AffineExpr product;
    for (const Size::Atom &atom : term.atoms) {
      AffineExpr factor;
      if (atom.kind == Kind::Symbol) {
        factor = getAffineSymbolExpr(atom.symbol, context);
      } else if (atom.kind == Kind::FloorDiv || atom.kind == Kind::Mod) {
        AffineExpr dividend = affineExprOf(context, atom.operands[0]);
        if (dividend && atom.operands[1].isNumber())
          factor = atom.kind == Kind::Mod ? dividend % atom.operands[1].getNumber()
                                          : dividend.floorDiv(atom.operands[1].getNumber());
      }
      if (!factor)
        return {};
      // Symbols before the factor: the form that affine expressions keep.
      product = product ? product * factor : factor;
    }
    product =
        product ? product * term.coefficient : getAffineConstantExpr(term.coefficient, context);
    sum = sum ? sum + product : product;
  }
  return sum;
}
