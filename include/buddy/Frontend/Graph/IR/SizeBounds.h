// What sizes can be, given the ranges of the symbols.
#pragma once

#include "buddy/Frontend/Graph/IR/Sizes.h"

namespace buddy {

// The least and the largest that the size can be, not always the tightest; saturated at
// kUnbounded. A size that is not known can be anything.
int64_t leastSize(Size size, llvm::ArrayRef<Symbol> symbols);
int64_t largestSize(Size size, llvm::ArrayRef<Symbol> symbols);
// Whether a <= b whatever the symbols are; not known is no.
bool isAtMost(Size a, Size b, llvm::ArrayRef<Symbol> symbols);

} // namespace buddy
