// Size expressions as torch.export writes them, sympy's srepr: "Mul(Integer(12), Symbol('s64',
// positive=True, integer=True))".
#pragma once

#include "buddy/Frontend/Graph/IR/Size.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace buddy::pt2 {

// The symbols of a program, numbered in this order. Without any no context is needed.
struct SizeSymbols {
  mlir::MLIRContext *context = nullptr; // with the graph dialect
  llvm::ArrayRef<std::string> names = {};
};

// The expression; unknown if there is another symbol in it, or anything else than whole numbers,
// sums, products, squares, quotients that are rounded down, remainders, minima and maxima.
Size readSizeExpression(llvm::StringRef text, const SizeSymbols &symbols);

// The expression as people write it: "12*s64". The text itself if it is no srepr.
std::string showSizeExpression(llvm::StringRef text);

} // namespace buddy::pt2
