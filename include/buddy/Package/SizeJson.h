// A size as manifests and reports have it.
#pragma once

#include "SizeExpression.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace buddy {

// A number, or a string that says how it depends on the symbols.
inline llvm::json::Value sizeJson(const runtime::SizeExpression &size,
                                  const std::vector<std::string> &symbols) {
  if (auto number = size.constant())
    return *number;
  return size.text(symbols);
}

} // namespace buddy
