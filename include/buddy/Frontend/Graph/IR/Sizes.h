// Sizes that are known only when the program runs: torch.export's symbols, as `s64` in [1, s64,
// 1536].
//
// The frontend computes with sizes as whole numbers. A symbol stands there as a prime, its
// stand-in, and a sum or product of sizes as what the sum or product of the stand-ins is: equal
// numbers are equal expressions. (Kronecker's substitution: a polynomial is known from its value at
// one point, if its coefficients are small against the point.) readSize() reads the expression back
// off the number. In the IR's text such a size is `?`, and the tensor's encoding is the map from
// the symbols to the sizes; buddy-graph-bind-sizes and buddy-graph-name-sizes go from the one form
// to the other.
#pragma once

#include "buddy/Frontend/Graph/IR/Size.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <limits>
#include <optional>
#include <string>

namespace buddy {

// The module attribute that lists the symbols: [{name = "s64", min = 2 : i64, max = 4096 : i64}].
inline constexpr llvm::StringLiteral kSymbolsAttr = "buddy.symbols";
// What a symbol can be at most if nobody says so; `max` is absent then.
inline constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();
inline constexpr unsigned kMostSymbols = 3;
// Sizes that are plain numbers are at most this; what is beyond is an expression.
inline constexpr int64_t kLargestNumber = int64_t(1) << 28;

struct Symbol {
  std::string name;
  int64_t min = 1, max = kUnbounded;
};

// The symbols of a module, in order; none if the attribute is missing or malformed.
llvm::SmallVector<Symbol> symbolsOf(mlir::ModuleOp module);
mlir::ArrayAttr symbolsAttr(mlir::MLIRContext *context, llvm::ArrayRef<Symbol> symbols);
// Of the module around `op`.
llvm::SmallVector<Symbol> symbolsAround(mlir::Operation *op);

// The number that stands for the symbol of that index, below kMostSymbols.
int64_t standIn(unsigned symbol);

// Whether the number stands for an expression in which a symbol occurs.
inline bool isSymbolic(int64_t size) { return size > kLargestNumber || size < -kLargestNumber; }
inline bool isSymbolic(llvm::ArrayRef<int64_t> shape) {
  return llvm::any_of(shape, [](int64_t size) { return isSymbolic(size); });
}
bool isSymbolic(mlir::Type type);

// coefficient times the symbols (by index, ascending, one for each factor).
struct SizeTerm {
  int64_t coefficient;
  llvm::SmallVector<unsigned, 3> symbols;
};

// The expression that the number stands for, a number's own being one term without symbols; nothing
// if it is none of the forms that are told apart: c m of a product m of at most two symbols, small
// multiples of one symbol plus a number, small sums of two symbols plus a number.
std::optional<llvm::SmallVector<SizeTerm>> readSize(int64_t size);
// What other expressions come to may be read as one of these, or as a number: s0 - s1, the
// difference of two primes. Whoever computes with symbols computes with the witnesses too, other
// numbers for them, and asks whether the expression that is read comes to the same.
int64_t witness(unsigned symbol);
bool isReadAs(int64_t size, int64_t withWitnesses);
// () [s0, s1, ...] -> (sizes); null if one cannot be read.
mlir::AffineMap sizesMap(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> sizes,
                         unsigned numSymbols);
// The value of an expression of symbols, sums and products, at the stand-ins; nothing if it has
// anything else, or if the number is read as something else.
std::optional<int64_t> sizeOf(mlir::AffineExpr expr);

//===----------------------------------------------------------------------===//
// The same as values, Size.h. Types still hold numbers: these go from the one to the other.
//===----------------------------------------------------------------------===//

// Unknown if it cannot be read.
Size sizeOfNumber(mlir::MLIRContext *context, int64_t number);
// Nothing if no number stands for it.
std::optional<int64_t> numberOfSize(Size size);

// The sizes of a tensor; they live as long as the context.
llvm::ArrayRef<Size> sizesOf(mlir::RankedTensorType type);
llvm::ArrayRef<Size> sizesOf(mlir::Value value);
// Whether each run chooses one of them.
inline bool isOpen(mlir::RankedTensorType type) { return isOpen(sizesOf(type)); }
// The type; null if no type can have such sizes.
mlir::RankedTensorType tensorOf(llvm::ArrayRef<Size> sizes, mlir::Type element);

// The same of an operation's attribute; a size that no number stands for is an unknown one there.
mlir::IntegerAttr sizeAttr(mlir::MLIRContext *context, Size size);

// "1x(s64 + 1)x1536".
std::string shapeText(llvm::ArrayRef<Size> sizes, llvm::ArrayRef<Symbol> symbols);
// "2*s64 + 1", "s64 // 2".
std::string sizeText(Size size, llvm::ArrayRef<Symbol> symbols);
// As an affine expression of the symbols; null if it is none.
mlir::AffineExpr affineExprOf(mlir::MLIRContext *context, Size size);
// () [s0, s1, ...] -> (sizes); null if one of them is none.
mlir::AffineMap affineMapOf(mlir::MLIRContext *context, llvm::ArrayRef<Size> sizes,
                            unsigned numSymbols);

} // namespace buddy
