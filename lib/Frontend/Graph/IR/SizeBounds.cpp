// Interval arithmetic on expressions, and what it does not see: that terms cancel out.
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace buddy;
using Kind = SizeAtomKind;

namespace {
// Both included; kUnbounded and -kUnbounded stand for what is beyond, and stay that.
struct Bounds {
  int64_t least, largest;
};
} // namespace

static constexpr Bounds kAnything = {-kUnbounded, kUnbounded};

static bool isInfinite(int64_t x) { return x >= kUnbounded || x <= -kUnbounded; }

static int64_t saturated(bool isNegative) { return isNegative ? -kUnbounded : kUnbounded; }

static int64_t sumOf(int64_t a, int64_t b) {
  int64_t sum;
  if (isInfinite(a) || isInfinite(b) || llvm::AddOverflow(a, b, sum))
    return saturated(isInfinite(a) ? a < 0 : b < 0);
  return sum;
}

static int64_t productOf(int64_t a, int64_t b) {
  int64_t product;
  if (a == 0 || b == 0)
    return 0;
  if (isInfinite(a) || isInfinite(b) || llvm::MulOverflow(a, b, product))
    return saturated((a < 0) != (b < 0));
  return product;
}

static int64_t quotientOf(int64_t a, int64_t b) {
  if (isInfinite(a))
    return a;
  return isInfinite(b) ? (a < 0 ? -1 : 0) : llvm::divideFloorSigned(a, b);
}

static Bounds productOf(Bounds a, Bounds b) {
  auto [least, largest] =
      std::minmax({productOf(a.least, b.least), productOf(a.least, b.largest),
                   productOf(a.largest, b.least), productOf(a.largest, b.largest)});
  return {least, largest};
}

static Bounds boundsOf(Size size, ArrayRef<Symbol> symbols);

static Bounds boundsOf(const Size::Atom &atom, ArrayRef<Symbol> symbols) {
  if (atom.kind == Kind::Symbol) {
    if (atom.symbol >= symbols.size())
      return {1, kUnbounded};
    return {symbols[atom.symbol].min, symbols[atom.symbol].max};
  }
  SmallVector<Bounds> operands =
      llvm::map_to_vector(atom.operands, [&](Size operand) { return boundsOf(operand, symbols); });
  Bounds result = operands[0];
  for (const Bounds &other : ArrayRef(operands).drop_front()) {
    if (atom.kind == Kind::Min)
      result = {std::min(result.least, other.least), std::min(result.largest, other.largest)};
    else if (atom.kind == Kind::Max)
      result = {std::max(result.least, other.least), std::max(result.largest, other.largest)};
    else if (other.least < 1) // a divisor that may be zero, or of either sign
      return kAnything;
    else if (atom.kind == Kind::FloorDiv)
      result = {quotientOf(result.least, result.least < 0 ? other.least : other.largest),
                quotientOf(result.largest, result.largest < 0 ? other.largest : other.least)};
    else // what is left is less than the divisor, and no more than what is divided
      result = {
          0, std::min(sumOf(other.largest, -1), result.least >= 0 ? result.largest : kUnbounded)};
  }
  return result;
}

// Term by term.
static Bounds boundsOf(Size size, ArrayRef<Symbol> symbols) {
  if (!size.isKnown())
    return kAnything;
  Bounds sum = {0, 0};
  for (const Size::Term &term : size.terms()) {
    Bounds product = {term.coefficient, term.coefficient};
    for (const Size::Atom &atom : term.atoms)
      product = productOf(product, boundsOf(atom, symbols));
    sum = {sumOf(sum.least, product.least), sumOf(sum.largest, product.largest)};
  }
  return sum;
}

// As expressions, to compute with.
static Size sizeOf(MLIRContext *context, const Size::Atom &atom) {
  switch (atom.kind) {
  case Kind::Symbol:
    return Size::symbol(context, atom.symbol);
  case Kind::FloorDiv:
    return floorDiv(atom.operands[0], atom.operands[1]);
  case Kind::Mod:
    return mod(atom.operands[0], atom.operands[1]);
  case Kind::Min:
  case Kind::Max: {
    Size result = atom.operands[0];
    for (Size other : atom.operands.drop_front())
      result = atom.kind == Kind::Min ? min(result, other) : max(result, other);
    return result;
  }
  }
  return Size::unknown();
}

// With every symbol counted from its least: what then has no negative terms is least where all of
// them are zero, as s0*s1 - s1 is.
static int64_t leastFromOrigin(Size size, ArrayRef<Symbol> symbols) {
  Size shifted = 0;
  MLIRContext *context = size.context();
  for (const Size::Term &term : size.terms()) {
    Size product = term.coefficient;
    for (const Size::Atom &atom : term.atoms) {
      if (atom.kind != Kind::Symbol)
        return -kUnbounded;
      int64_t least = atom.symbol < symbols.size() ? symbols[atom.symbol].min : 1;
      product *= Size::symbol(context, atom.symbol) + least;
    }
    shifted += product;
  }
  int64_t least = 0;
  for (const Size::Term &term : shifted.terms()) {
    if (term.atoms.empty())
      least = term.coefficient;
    else if (term.coefficient < 0)
      return -kUnbounded;
  }
  return shifted.isKnown() ? least : -kUnbounded;
}

// Deeper nests of quotients, and longer sums of them, are no sizes that anybody writes.
static constexpr int kDepth = 4;
static constexpr size_t kMostTerms = 8;

static int64_t leastOf(Size size, ArrayRef<Symbol> symbols, int depth);

// Quotients and remainders are near to what is divided: x - c + 1 <= c (x // c) <= x, and
// 0 <= x % c <= x. Whether they are is said of c times the whole, without the atom.
static int64_t leastWithoutQuotients(Size size, ArrayRef<Symbol> symbols, int depth) {
  int64_t least = -kUnbounded;
  MLIRContext *context = size.context();
  for (const Size::Term &term : size.terms()) {
    if (term.atoms.size() != 1 || depth == 0)
      continue;
    const Size::Atom &atom = term.atoms[0];
    Size rest = size - Size(term.coefficient) * sizeOf(context, atom);
    if (atom.kind == Kind::FloorDiv && atom.operands[1].isNumber()) {
      int64_t divisor = atom.operands[1].getNumber();
      Size dividend = atom.operands[0];
      if (term.coefficient > 0)
        dividend -= divisor - 1;
      int64_t scaled = leastOf(rest * divisor + dividend * term.coefficient, symbols, depth - 1);
      least =
          std::max(least, isInfinite(scaled) ? scaled : llvm::divideCeilSigned(scaled, divisor));
    } else if (atom.kind == Kind::Mod && term.coefficient < 0 &&
               boundsOf(atom.operands[0], symbols).least >= 0 &&
               boundsOf(atom.operands[1], symbols).least >= 1) {
      least =
          std::max(least, leastOf(rest + atom.operands[0] * term.coefficient, symbols, depth - 1));
    } else if (bool isMin = atom.kind == Kind::Min; isMin || atom.kind == Kind::Max) {
      // -min(a, b) is at least -a, and at least -b; min(a, b) is one of both.
      bool isEither = isMin == (term.coefficient < 0);
      int64_t bound = isEither ? -kUnbounded : kUnbounded;
      for (Size operand : atom.operands) {
        int64_t one = leastOf(rest + operand * term.coefficient, symbols, depth - 1);
        bound = isEither ? std::max(bound, one) : std::min(bound, one);
      }
      least = std::max(least, bound);
    }
  }
  return least;
}

static int64_t leastOf(Size size, ArrayRef<Symbol> symbols, int depth) {
  int64_t least = boundsOf(size, symbols).least;
  if (!size.isOpen() || size.terms().size() < 2)
    return least;
  least = std::max(least, leastFromOrigin(size, symbols));
  if (size.terms().size() > kMostTerms)
    return least;
  return std::max(least, leastWithoutQuotients(size, symbols, depth));
}

int64_t buddy::leastSize(Size size, ArrayRef<Symbol> symbols) {
  return size.isNumber() ? size.getNumber() : leastOf(size, symbols, kDepth);
}

int64_t buddy::largestSize(Size size, ArrayRef<Symbol> symbols) {
  return size.isNumber() ? size.getNumber()
                         : std::min(boundsOf(size, symbols).largest,
                                    size.isKnown() ? -leastOf(-size, symbols, kDepth) : kUnbounded);
}

bool buddy::isAtMost(Size a, Size b, ArrayRef<Symbol> symbols) {
  return a.isKnown() && b.isKnown() && (a == b || leastSize(b - a, symbols) >= 0);
}
