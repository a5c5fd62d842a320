// The page without its data is assembled at build time (AssemblePage.cmake) and taken in here.
#include "Page.h"

// NOLINTNEXTLINE(hicpp-no-assembler): a string literal of this length is beyond what compilers
// take.
asm(R"(
  .pushsection .rodata
  .globl buddy_report_page_begin
  .globl buddy_report_page_end
buddy_report_page_begin:
  .incbin ")" BUDDY_REPORT_PAGE R"("
buddy_report_page_end:
  .popsection
)");
extern "C" const char buddy_report_page_begin[], buddy_report_page_end[];

namespace buddy {

// HTML ends a script at `</script`, and `<!--` and `<script` change how it looks for that end. In
// JSON '<' stands only inside of strings, where it may be escaped.
static void appendData(std::string &page, llvm::StringRef json) {
  for (size_t at = 0; at < json.size(); ++at) {
    char next = at + 1 < json.size() ? json[at + 1] : '\0';
    if (json[at] == '<' && (next == '/' || next == '!' || next == 's' || next == 'S'))
      page += "\\u003c";
    else
      page += json[at];
  }
}

std::string reportPage(llvm::StringRef json) {
  llvm::StringRef skeleton(buddy_report_page_begin,
                           buddy_report_page_end - buddy_report_page_begin);
  auto [before, after] = skeleton.split("@DATA@");
  std::string page;
  page.reserve(skeleton.size() + json.size() + json.size() / 32);
  page += before;
  appendData(page, json);
  page += after;
  return page;
}

} // namespace buddy
