// Size expressions as torch.export writes them: sympy's srepr.
#include "GraphContext.h"
#include "Require.h"
#include "buddy/Frontend/Import/SizeExpressions.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string names[] = {"s64", "s0", "u1"};
  buddy::pt2::SizeSymbols symbols{&buddy::fuzz::freshGraphContext(), names};
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  buddy::Size once = buddy::pt2::readSizeExpression(text, symbols);
  REQUIRE(once == buddy::pt2::readSizeExpression(text, symbols));
  (void)buddy::pt2::showSizeExpression(text);
  return 0;
}
