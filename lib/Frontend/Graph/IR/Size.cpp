// Arithmetic of sizes, and the one form that expressions have.
#include "buddy/Frontend/Graph/IR/Size.h"
#include "buddy/Frontend/Graph/IR/GraphDialect.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace buddy;
using graph::SizeAtomAttr;
using graph::SizeAttr;
using Kind = SizeAtomKind;

//===----------------------------------------------------------------------===//
// The order of terms
//===----------------------------------------------------------------------===//

static int orderOf(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

static int orderOf(SizeAtomAttr a, SizeAtomAttr b) {
  if (a == b)
    return 0;
  if (int order = orderOf(unsigned(a.getKind()), unsigned(b.getKind())))
    return order;
  if (int order = orderOf(a.getSymbol(), b.getSymbol()))
    return order;
  for (auto [x, y] : llvm::zip(a.getOperands(), b.getOperands()))
    if (int order = Size::order(x, y))
      return order;
  return orderOf(a.getOperands().size(), b.getOperands().size());
}

// Products of more factors come first, the number last: s0*s1, s0, 1. It is an order of monomials,
// so that long division ends.
static int orderOf(ArrayRef<SizeAtomAttr> a, ArrayRef<SizeAtomAttr> b) {
  if (a.size() != b.size())
    return a.size() > b.size() ? -1 : 1;
  for (auto [x, y] : llvm::zip(a, b))
    if (int order = orderOf(x, y))
      return order;
  return 0;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

// Nobody's sizes are longer; without a limit a product of many sums would take all memory.
static constexpr size_t kMostTerms = 256, kMostFactors = 16;

namespace buddy {

// A sum that is being made; terms in order, no two of one product, none of them zero.
class SizeSum {
public:
  using Product = SmallVector<SizeAtomAttr, 2>;
  struct Term {
    int64_t coefficient;
    Product product;
  };

  explicit SizeSum(Size size) : isKnown(size.isKnown()) {
    if (size.isNumber() && size.number)
      terms.push_back({size.number, {}});
    auto expression = dyn_cast_or_null<SizeAttr>(size.expression);
    if (!expression)
      return;
    for (auto [coefficient, product] :
         llvm::zip_equal(expression.getCoefficients(), expression.getProducts()))
      terms.push_back({coefficient, Product(product.getAsRange<SizeAtomAttr>())});
  }
  explicit SizeSum(SizeAtomAttr atom) { terms.push_back({1, {atom}}); }

  SizeSum &add(int64_t coefficient, ArrayRef<SizeAtomAttr> product) {
    auto at =
        llvm::find_if(terms, [&](const Term &term) { return orderOf(term.product, product) >= 0; });
    if (at == terms.end() || orderOf(at->product, product) != 0)
      at = terms.insert(at, {0, Product(product)});
    if (llvm::AddOverflow(at->coefficient, coefficient, at->coefficient))
      isKnown = false;
    if (!at->coefficient)
      terms.erase(at);
    return *this;
  }
  SizeSum &add(const SizeSum &other, int64_t factor) {
    isKnown &= other.isKnown;
    for (const Term &term : other.terms)
      addProduct(term, {factor, {}});
    return *this;
  }
  void addProduct(const Term &a, const Term &b) {
    int64_t coefficient;
    if (llvm::MulOverflow(a.coefficient, b.coefficient, coefficient))
      isKnown = false;
    Product product;
    std::merge(a.product.begin(), a.product.end(), b.product.begin(), b.product.end(),
               std::back_inserter(product),
               [](SizeAtomAttr x, SizeAtomAttr y) { return orderOf(x, y) < 0; });
    isKnown &= product.size() <= kMostFactors && terms.size() <= kMostTerms;
    if (isKnown)
      add(coefficient, product);
  }

  Size size() const {
    if (!isKnown)
      return Size::unknown();
    if (terms.empty() || (terms.size() == 1 && terms[0].product.empty()))
      return terms.empty() ? 0 : terms[0].coefficient;
    MLIRContext *context = terms[0].product[0].getContext();
    SmallVector<int64_t> coefficients;
    SmallVector<ArrayAttr> products;
    for (const Term &term : terms) {
      coefficients.push_back(term.coefficient);
      products.push_back(ArrayAttr::get(
          context, SmallVector<Attribute>(term.product.begin(), term.product.end())));
    }
    return Size(Attribute(SizeAttr::get(context, coefficients, products)));
  }

  // The only atom, if that is all it is.
  static SizeAtomAttr atomOf(Size size) {
    SizeSum sum(size);
    bool isAtom =
        sum.terms.size() == 1 && sum.terms[0].coefficient == 1 && sum.terms[0].product.size() == 1;
    return isAtom ? sum.terms[0].product[0] : SizeAtomAttr();
  }

  SmallVector<Term, 2> terms;
  bool isKnown = true;
};

} // namespace buddy

static Size atom(MLIRContext *context, Kind kind, unsigned symbol, ArrayRef<Size> operands) {
  return SizeSum(SizeAtomAttr::get(context, kind, symbol, operands)).size();
}

// Of sizes of which one is an expression.
static MLIRContext *contextOf(ArrayRef<Size> sizes) {
  return llvm::find_if(sizes, [](Size size) { return size.isOpen(); })->context();
}

Size Size::symbol(MLIRContext *context, unsigned index) {
  return atom(context, Kind::Symbol, index, {});
}

int Size::order(Size a, Size b) {
  if (a == b)
    return 0;
  if (!a.isOpen() || !b.isOpen())
    return a.isOpen() != b.isOpen() ? (b.isOpen() ? -1 : 1) : orderOf(a.number, b.number);
  SizeSum x(a), y(b);
  for (auto [one, other] : llvm::zip(x.terms, y.terms)) {
    if (int order = orderOf(one.product, other.product))
      return order;
    if (int order = orderOf(one.coefficient, other.coefficient))
      return order;
  }
  return orderOf(x.terms.size(), y.terms.size());
}

SmallVector<Size::Term, 2> Size::terms() const {
  SmallVector<Term, 2> result;
  SizeSum sum(*this);
  if (isNumber() && !number)
    result.push_back({0, {}});
  for (const SizeSum::Term &term : sum.terms) {
    result.push_back({term.coefficient, {}});
    for (SizeAtomAttr one : term.product)
      result.back().atoms.push_back({one.getKind(), one.getSymbol(), one.getOperands()});
  }
  return result;
}

Size buddy::operator+(Size a, Size b) { return SizeSum(a).add(SizeSum(b), 1).size(); }
Size buddy::operator-(Size a, Size b) { return SizeSum(a).add(SizeSum(b), -1).size(); }

Size buddy::operator*(Size a, Size b) {
  SizeSum x(a), y(b), result(Size(0));
  result.isKnown = x.isKnown && y.isKnown;
  for (const SizeSum::Term &one : x.terms)
    for (const SizeSum::Term &other : y.terms)
      result.addProduct(one, other);
  return result.size();
}

Size buddy::productOf(ArrayRef<Size> sizes) {
  // A dimension without elements leaves none, however many the others would have.
  if (llvm::is_contained(sizes, Size(0)))
    return 0;
  Size product = 1;
  for (Size size : sizes)
    product *= size;
  return product;
}

//===----------------------------------------------------------------------===//
// Quotients
//===----------------------------------------------------------------------===//

static int64_t floorMod(int64_t a, int64_t b) { return a - llvm::divideFloorSigned(a, b) * b; }

// a = divisor * quotient + rest, the coefficients of the rest in [0, divisor).
static std::pair<Size, Size> splitBy(Size a, int64_t divisor) {
  SizeSum quotient(Size(0)), rest(Size(0));
  for (const SizeSum::Term &term : SizeSum(a).terms) {
    quotient.add(llvm::divideFloorSigned(term.coefficient, divisor), term.product);
    rest.add(floorMod(term.coefficient, divisor), term.product);
  }
  return {quotient.size(), rest.size()};
}

Size buddy::floorDiv(Size a, Size b) {
  if (!a.isKnown() || !b.isKnown() || b == Size(0))
    return Size::unknown();
  if (!b.isNumber())
    return atom(contextOf({a, b}), Kind::FloorDiv, 0, {a, b});
  int64_t divisor = b.getNumber();
  if (divisor < 0)
    return floorDiv(-a, -b);
  auto [quotient, rest] = splitBy(a, divisor);
  if (rest.isNumber())
    return quotient;
  // floor((g x + k) / (g d)) = floor((x + floor(k / g)) / d)
  int64_t common = divisor;
  SizeSum sum(rest);
  for (const SizeSum::Term &term : sum.terms)
    if (!term.product.empty())
      common = std::gcd(common, term.coefficient);
  SizeSum reduced(Size(0));
  for (const SizeSum::Term &term : sum.terms)
    reduced.add(term.coefficient / common, term.product);
  divisor /= common;
  Size dividend = reduced.size();
  // floor(floor(x / c) / d) = floor(x / (c d)), of positive numbers.
  if (SizeAtomAttr inner = SizeSum::atomOf(dividend);
      inner && inner.getKind() == Kind::FloorDiv && inner.getOperands()[1].isNumber())
    if (Size both = inner.getOperands()[1] * divisor; both.isNumber())
      return quotient + floorDiv(inner.getOperands()[0], both);
  return quotient + (divisor == 1
                         ? dividend
                         : atom(contextOf(dividend), Kind::FloorDiv, 0, {dividend, Size(divisor)}));
}

Size buddy::mod(Size a, Size b) {
  if (!a.isKnown() || !b.isKnown() || b == Size(0))
    return Size::unknown();
  if (!b.isNumber())
    return atom(contextOf({a, b}), Kind::Mod, 0, {a, b});
  if (b.getNumber() < 0)
    return -mod(-a, -b);
  Size rest = splitBy(a, b.getNumber()).second;
  return rest.isNumber() ? rest : atom(contextOf(rest), Kind::Mod, 0, {rest, b});
}

std::optional<Size> buddy::divideExactly(Size a, Size b) {
  if (!a.isKnown() || !b.isKnown() || b == Size(0))
    return std::nullopt;
  SizeSum divisor(b), quotient(Size(0)), rest(a);
  const SizeSum::Term &lead = divisor.terms.front();
  while (!rest.terms.empty()) {
    const SizeSum::Term &first = rest.terms.front();
    SizeSum::Product left = first.product;
    for (SizeAtomAttr factor : lead.product) {
      auto at = llvm::find(left, factor);
      if (at == left.end())
        return std::nullopt;
      left.erase(at);
    }
    if (lead.coefficient == -1 ? first.coefficient == std::numeric_limits<int64_t>::min()
                               : first.coefficient % lead.coefficient != 0)
      return std::nullopt;
    SizeSum step(Size(0));
    step.add(first.coefficient / lead.coefficient, left);
    quotient.add(step, 1);
    rest = SizeSum(rest.size() - step.size() * b);
    if (!rest.isKnown)
      return std::nullopt;
  }
  return quotient.size();
}

//===----------------------------------------------------------------------===//
// The smaller and the larger
//===----------------------------------------------------------------------===//

static Size extreme(Kind kind, Size a, Size b) {
  if (!a.isKnown() || !b.isKnown())
    return Size::unknown();
  // Of each group that differs by numbers the one that counts.
  SmallVector<Size> all;
  auto take = [&](Size size) {
    for (Size &other : all) {
      Size difference = size - other;
      if (!difference.isNumber())
        continue;
      if (kind == Kind::Min ? difference.getNumber() < 0 : difference.getNumber() > 0)
        other = size;
      return;
    }
    all.push_back(size);
  };
  for (Size size : {a, b}) {
    SizeAtomAttr inner = SizeSum::atomOf(size);
    if (inner && inner.getKind() == kind)
      llvm::for_each(inner.getOperands(), take);
    else
      take(size);
  }
  if (all.size() == 1)
    return all[0];
  llvm::sort(all, [](Size x, Size y) { return Size::order(x, y) < 0; });
  return atom(contextOf(all), kind, 0, all);
}

Size buddy::min(Size a, Size b) { return extreme(Kind::Min, a, b); }
Size buddy::max(Size a, Size b) { return extreme(Kind::Max, a, b); }

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static std::optional<int64_t> valueOf(const Size::Atom &atom, ArrayRef<int64_t> symbols) {
  if (atom.kind == Kind::Symbol)
    return atom.symbol < symbols.size() ? std::optional(symbols[atom.symbol]) : std::nullopt;
  std::optional<int64_t> result;
  for (Size operand : atom.operands) {
    std::optional<int64_t> value = valueOf(operand, symbols);
    if (!value)
      return std::nullopt;
    if (!result)
      result = value;
    else if (atom.kind == Kind::Min)
      result = std::min(*result, *value);
    else if (atom.kind == Kind::Max)
      result = std::max(*result, *value);
    else if (*value == 0 || (*value == -1 && *result == std::numeric_limits<int64_t>::min()))
      return std::nullopt;
    else
      result = atom.kind == Kind::FloorDiv ? llvm::divideFloorSigned(*result, *value)
                                           : floorMod(*result, *value);
  }
  return result;
}

std::optional<int64_t> buddy::valueOf(Size size, ArrayRef<int64_t> symbols) {
  if (!size.isKnown())
    return std::nullopt;
  int64_t sum = 0;
  for (const Size::Term &term : size.terms()) {
    int64_t product = term.coefficient;
    for (const Size::Atom &atom : term.atoms) {
      std::optional<int64_t> value = ::valueOf(atom, symbols);
      if (!value || llvm::MulOverflow(product, *value, product))
        return std::nullopt;
    }
    if (llvm::AddOverflow(sum, product, sum))
      return std::nullopt;
  }
  return sum;
}
