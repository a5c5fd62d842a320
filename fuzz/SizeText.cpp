// Size expressions as torch.export writes them: sympy's srepr.
#include "Require.h"
#include "buddy/Frontend/Import/SizeExpressions.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string symbols[] = {"s64", "s0", "u1"};
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto once = buddy::pt2::readSizeExpression(text, symbols);
  REQUIRE(once == buddy::pt2::readSizeExpression(text, symbols));
  (void)buddy::pt2::showSizeExpression(text);
  return 0;
}
