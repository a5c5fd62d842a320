// Reads Python stack traces and module stacks out of node metadata.
#include "buddy/Frontend/Import/Locations.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace llvm;
using namespace buddy;

// One frame is two lines:
//   File "/home/me/model.py", line 83, in forward
//     q = self.q_proj(x)
static SourceLine innermostUserFrame(StringRef trace) {
  SourceLine last, lastOfUser;
  SmallVector<StringRef> lines;
  trace.split(lines, '\n');
  SourceLine *open = nullptr;
  SourceLine frame;
  auto close = [&] {
    if (!open)
      return;
    last = frame;
    // torch's own code, and code it made, which no file holds: <eval_with_key>.3.
    if (!StringRef(frame.file).starts_with("<eval_with_key>") &&
        !StringRef(frame.file).contains("site-packages/torch/") &&
        !StringRef(frame.file).contains("dist-packages/torch/"))
      lastOfUser = frame;
    open = nullptr;
  };
  for (StringRef line : lines) {
    StringRef rest = line.trim();
    size_t end = rest.rfind("\", line ");
    if (rest.consume_front("File \"") && end != StringRef::npos) {
      end -= StringRef("File \"").size();
      unsigned number = 0;
      StringRef after = rest.substr(end + StringRef("\", line ").size());
      after.consumeInteger(10, number);
      close();
      frame = SourceLine{rest.take_front(end).str(), number, "", ""};
      open = &frame;
    } else if (open && open->text.empty()) {
      open->text = line.trim().str();
    }
  }
  close();
  return lastOfUser.file.empty() ? last : lastOfUser;
}

// "L__self__,,Layer;L__self___attn,attn,Attention": the last entry's second field. Commas inside
// brackets belong to a field.
static std::string innermostModule(StringRef stack) {
  StringRef entry = stack.rsplit(';').second.empty() ? stack : stack.rsplit(';').second;
  SmallVector<StringRef> fields;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < entry.size(); ++i) {
    char c = entry[i];
    depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    if (c == ',' && depth == 0) {
      fields.push_back(entry.slice(start, i));
      start = i + 1;
    }
  }
  // torch puts this in where it has no module to name.
  if (fields.size() < 2 || fields[1] == "_empty_nn_module_stack_from_metadata_hook")
    return "";
  return fields[1].str();
}

SourceLine buddy::sourceLineOf(const pt2::Node &node) {
  SourceLine source = innermostUserFrame(node.stackTrace);
  source.module = innermostModule(node.moduleStack);
  return source;
}

mlir::Location buddy::locationOf(mlir::MLIRContext *context, const pt2::Node &node) {
  SourceLine source = sourceLineOf(node);
  if (source.file.empty())
    return mlir::NameLoc::get(mlir::StringAttr::get(context, node.name));
  mlir::Location line = mlir::FileLineColLoc::get(context, source.file, source.line, 0);
  if (source.module.empty())
    return line;
  return mlir::NameLoc::get(mlir::StringAttr::get(context, source.module), line);
}
