// What MLIR's parser must not be given is refused before: it recurses into what is nested, without
// a limit, and its reader of bytecode trusts what it reads.
#include "DumpFile.h"
#include "buddy/Frontend/Import/InputFile.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace buddy {

// Large constants are written out: two digits a byte.
constexpr uint64_t kLongestDump = uint64_t(2) << 30;
// Ours stay below ten, and a thread's stack holds some ten thousand.
constexpr int64_t kDeepest = 256;

// The line where brackets are nested too deep, or 0. `<` and `>` are counted too, but for those of
// "->", "<=" and ">=".
static int64_t lineTooDeep(StringRef text) {
  int64_t line = 1, depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if ((c == '<' || c == '>') && text.substr(i + 1).starts_with("="))
      continue;
    switch (c) {
    case '\n':
      ++line;
      break;
    case '"': // up to its end; a string does not go beyond a line
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\';
      line += i < text.size() && text[i] == '\n';
      break;
    case '/':
      if (text.substr(i).starts_with("//")) {
        i = std::min(text.find('\n', i), text.size());
        ++line;
      }
      break;
    case '(':
    case '[':
    case '{':
    case '<':
      if (++depth > kDeepest)
        return line;
      break;
    case '>':
      if (i && text[i - 1] == '-')
        break;
      [[fallthrough]];
    case ')':
    case ']':
    case '}':
      depth = std::max<int64_t>(depth - 1, 0);
      break;
    default:
      break;
    }
  }
  return 0;
}

OwningOpRef<ModuleOp> parseDump(std::unique_ptr<llvm::MemoryBuffer> text, MLIRContext &context) {
  StringRef name = text->getBufferIdentifier();
  if (isBytecode(text->getMemBufferRef())) {
    emitError(UnknownLoc::get(&context))
        << "'" << name << "' is MLIR bytecode, and dumps are text: `mlir-opt-22 " << name
        << "` prints it";
    return nullptr;
  }
  if (int64_t line = lineTooDeep(text->getBuffer())) {
    emitError(FileLineColLoc::get(&context, name, line, 0))
        << "brackets are nested more than " << kDeepest << " levels deep";
    return nullptr;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(text), SMLoc());
  return parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
}

OwningOpRef<ModuleOp> readDump(StringRef path, MLIRContext &context) {
  auto text = readInputText(path == "-" ? "/dev/stdin" : path, kLongestDump);
  if (text)
    return parseDump(std::move(*text), context);
  emitError(UnknownLoc::get(&context))
      << "cannot read '" << path << "': " << llvm::toString(text.takeError());
  return nullptr;
}

} // namespace buddy
