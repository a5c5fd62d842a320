#include "WrapText.h"
#include "llvm/ADT/SmallVector.h"

namespace buddy {

std::string wrapText(llvm::StringRef text, size_t indent) {
  std::string result;
  size_t column = indent;
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : words) {
    if (column > indent && column + 1 + word.size() > textWidth) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += " ";
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

} // namespace buddy
