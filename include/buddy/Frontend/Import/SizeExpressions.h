// Size expressions as torch.export writes them, sympy's srepr: "Mul(Integer(12), Symbol('s64',
// positive=True, integer=True))".
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace buddy::pt2 {

// The number that stands for the expression (Frontend/Graph/IR/Sizes.h); the symbols are numbered
// as in `symbols`. Nothing if there is another symbol in it, or anything else than whole numbers,
// sums, products and powers, or if the number could not be read back.
std::optional<int64_t> readSizeExpression(llvm::StringRef text,
                                          llvm::ArrayRef<std::string> symbols);

// The expression as people write it: "12*s64". The text itself if it is no srepr.
std::string showSizeExpression(llvm::StringRef text);

} // namespace buddy::pt2
