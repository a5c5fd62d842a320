// How large a dimension is, or where a slice begins and ends: a number, or an expression of sizes
// that each run chooses, torch.export's symbols.
//
// An expression is kept in one form, a sum of multiples of products of atoms, where an atom is a
// symbol, or a quotient, remainder, minimum or maximum of sizes. So sizes that are written
// differently and are the same polynomial are equal, and compare by a pointer. Of what is not a
// polynomial only the plain cases are known to be equal; isAtMost() of SizeBounds.h knows
// more.
#pragma once

#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace buddy {

enum class SizeAtomKind : unsigned { Symbol, FloorDiv, Mod, Min, Max };

class Size {
public:
  Size(int64_t number = 0) : number(number) {}
  // The symbol of that index in the module's list (Sizes.h).
  static Size symbol(mlir::MLIRContext *context, unsigned index);
  // What is not known, as a size that 64 bits cannot count: equal to nothing that is known, and so
  // is what is computed from it. No tensor of the graph has such a size.
  static Size unknown() { return mlir::ShapedType::kDynamic; }

  bool isNumber() const { return !expression && number != mlir::ShapedType::kDynamic; }
  bool isOpen() const { return bool(expression); }
  bool isKnown() const { return isOpen() || isNumber(); }
  // Of a number.
  int64_t getNumber() const {
    assert(isNumber() && "not a number");
    return number;
  }
  std::optional<int64_t> asNumber() const {
    return isNumber() ? std::optional(number) : std::nullopt;
  }
  // Of an expression.
  mlir::MLIRContext *context() const { return expression.getContext(); }

  friend bool operator==(Size a, Size b) {
    return a.expression == b.expression && a.number == b.number;
  }
  friend bool operator!=(Size a, Size b) { return !(a == b); }
  friend llvm::hash_code hash_value(Size size) {
    return llvm::hash_combine(size.expression, size.number);
  }

  friend Size operator+(Size a, Size b);
  friend Size operator-(Size a, Size b);
  friend Size operator*(Size a, Size b);
  Size operator-() const { return Size(0) - *this; }
  Size &operator+=(Size other) { return *this = *this + other; }
  Size &operator-=(Size other) { return *this = *this - other; }
  Size &operator*=(Size other) { return *this = *this * other; }

  // An order of all sizes for what must not depend on addresses; it says nothing about which of
  // them is larger.
  static int order(Size a, Size b);

  // What is asked of expressions; a number is one term, an unknown size has none.
  struct Atom {
    SizeAtomKind kind;
    unsigned symbol;
    llvm::ArrayRef<Size> operands;
  };
  struct Term {
    int64_t coefficient;
    llvm::SmallVector<Atom, 2> atoms;
  };
  llvm::SmallVector<Term, 2> terms() const;

private:
  friend class SizeSum;
  Size(mlir::Attribute expression) : number(0), expression(expression) {}

  int64_t number;
  mlir::Attribute expression; // a graph::SizeAttr
};

// Rounded towards minus infinity, as Python's `//`. Nothing is cancelled that could be zero: s0 *
// s1 over s1 stays as it is.
Size floorDiv(Size a, Size b);
// Rounded up, by a divisor of at least 1.
inline Size ceilDiv(Size a, int64_t b) { return -floorDiv(-a, b); }
// What is left of it, of the divisor's sign, as Python's `%`.
Size mod(Size a, Size b);
Size min(Size a, Size b);
Size max(Size a, Size b);

// q where a = q * b for whatever the symbols are; nothing if there is none, or b is zero.
std::optional<Size> divideExactly(Size a, Size b);

// The product of all.
Size productOf(llvm::ArrayRef<Size> sizes);

inline bool isOpen(llvm::ArrayRef<Size> sizes) {
  return llvm::any_of(sizes, [](Size size) { return size.isOpen(); });
}

// The value where these are the symbols' numbers; nothing if it has a symbol beyond them, divides
// by zero, or is beyond 64 bits.
std::optional<int64_t> valueOf(Size size, llvm::ArrayRef<int64_t> symbols);

} // namespace buddy
