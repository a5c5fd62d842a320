// The pages that mlir-tblgen -gen-pass-doc makes, one after the other.
#include "PassDocs.h"
#include "llvm/ADT/Twine.h"
#include <string>

// NOLINTNEXTLINE(hicpp-no-assembler): a string literal of this length is beyond what compilers
// take.
asm("  .pushsection .rodata\n"
    "  .globl buddy_pass_docs_begin\n"
    "  .globl buddy_pass_docs_end\n"
    "buddy_pass_docs_begin:\n" BUDDY_PASS_DOCS "buddy_pass_docs_end:\n"
    "  .popsection\n");
extern "C" const char buddy_pass_docs_begin[], buddy_pass_docs_end[];

namespace buddy {

// A pass is "### `-name`", "_its summary_", its description, and perhaps "#### Options".
llvm::StringRef passDescription(llvm::StringRef argument) {
  llvm::StringRef docs(buddy_pass_docs_begin, buddy_pass_docs_end - buddy_pass_docs_begin);
  std::string heading = ("### `-" + argument + "`\n").str();
  size_t at = docs.find(heading);
  if (at == llvm::StringRef::npos)
    return "";
  llvm::StringRef text = docs.drop_front(at + heading.size()).ltrim();
  if (text.consume_front("_"))
    text = text.split("_\n").second;
  size_t end = llvm::StringRef::npos;
  for (llvm::StringRef next : {"\n### `", "\n#### ", "\n<!--"})
    end = std::min(end, ("\n" + text).str().find(next));
  return text.take_front(end).trim();
}

} // namespace buddy
