// Writes model.h.
#include "ModelHeader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

namespace buddy {

static const llvm::StringSet<> &keywords() {
  static const llvm::StringSet<> set = {
      "alignas",      "alignof",       "and",         "and_eq",   "asm",       "auto",
      "bitand",       "bitor",         "bool",        "break",    "case",      "catch",
      "char",         "class",         "compl",       "concept",  "const",     "const_cast",
      "consteval",    "constexpr",     "constinit",   "continue", "co_await",  "co_return",
      "co_yield",     "decltype",      "default",     "delete",   "do",        "double",
      "dynamic_cast", "else",          "enum",        "explicit", "export",    "extern",
      "false",        "float",         "for",         "friend",   "goto",      "if",
      "inline",       "int",           "long",        "mutable",  "namespace", "new",
      "noexcept",     "not",           "not_eq",      "nullptr",  "operator",  "or",
      "or_eq",        "private",       "protected",   "public",   "register",  "reinterpret_cast",
      "requires",     "restrict",      "return",      "short",    "signed",    "sizeof",
      "static",       "static_assert", "static_cast", "struct",   "switch",    "template",
      "this",         "thread_local",  "throw",       "true",     "try",       "typedef",
      "typeid",       "typename",      "typeof",      "union",    "unsigned",  "using",
      "virtual",      "void",          "volatile",    "wchar_t",  "while",     "xor",
      "xor_eq"};
  return set;
}

std::string cIdentifier(llvm::StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  // A leading underscore may belong to the implementation.
  if (result.empty() || !llvm::isAlpha(result[0]))
    result = "x" + result;
  if (keywords().contains(result))
    result += "_";
  return result;
}

namespace {

struct Argument {
  const SignatureTensor *tensor;
  std::string identifier;
  bool isInput;
};

} // namespace

static llvm::StringRef cType(llvm::StringRef dtype) {
  return llvm::StringSwitch<llvm::StringRef>(dtype)
      .Case("f64", "double")
      .Case("f32", "float")
      .Case("i64", "int64_t")
      .Case("i32", "int32_t")
      .Case("bool", "uint8_t")
      .Default("uint16_t"); // f16, bf16: their bits
}

static std::string dlType(llvm::StringRef dtype) {
  return llvm::StringSwitch<std::string>(dtype)
      .Case("f64", "{kDLFloat, 64, 1}")
      .Case("f32", "{kDLFloat, 32, 1}")
      .Case("f16", "{kDLFloat, 16, 1}")
      .Case("bf16", "{kDLBfloat, 16, 1}")
      .Case("i64", "{kDLInt, 64, 1}")
      .Case("i32", "{kDLInt, 32, 1}")
      .Default("{BUDDY_DL_BOOL, 8, 1}");
}

static std::string shapeList(const SignatureTensor &tensor) {
  return llvm::join(
      llvm::map_range(tensor.shape, [](int64_t size) { return std::to_string(size); }), ", ");
}

static int64_t elementsOf(const SignatureTensor &tensor) {
  int64_t count = 1;
  for (int64_t size : tensor.shape)
    count *= size;
  return count;
}

// Identifiers that differ from one another and from `taken`.
static void addArguments(const std::vector<SignatureTensor> &tensors, bool isInput,
                         llvm::StringSet<> &taken, std::vector<Argument> &arguments) {
  for (const SignatureTensor &tensor : tensors) {
    std::string base = cIdentifier(tensor.name), name = base;
    for (int number = 2; !taken.insert(name).second; ++number)
      name = base + "_" + std::to_string(number);
    arguments.push_back({&tensor, name, isInput});
  }
}

static void writeTensor(llvm::raw_ostream &out, const Argument &argument) {
  const SignatureTensor &tensor = *argument.tensor;
  size_t rank = tensor.shape.size();
  std::string shape = "NULL";
  if (rank) {
    shape = argument.identifier + "_shape";
    out << "  int64_t " << shape << "[] = {" << shapeList(tensor) << "};\n";
  }
  out << "  DLTensor " << argument.identifier << "_tensor = {(void *)" << argument.identifier
      << ", {kDLCPU, 0}, " << rank << ", " << dlType(tensor.dtype) << ", " << shape
      << ", NULL, 0};\n";
}

static void writeList(llvm::raw_ostream &out, llvm::StringRef list,
                      llvm::ArrayRef<Argument> arguments, bool isInput) {
  // C has no empty arrays.
  out << "  DLTensor *buddy_" << list << "[] = {";
  for (const Argument &argument : arguments)
    if (argument.isInput == isInput)
      out << "&" << argument.identifier << "_tensor, ";
  out << "NULL};\n";
}

static void writeEntry(llvm::raw_ostream &out, const ManifestEntry &entry, size_t number) {
  const PackageSignature &signature = entry.signature;
  std::string function = cIdentifier(entry.name), macros = llvm::StringRef(function).upper();
  llvm::StringSet<> taken;
  taken.insert("buddy_context");
  taken.insert("buddy_inputs");
  taken.insert("buddy_outputs");
  taken.insert(function);
  std::vector<Argument> arguments;
  addArguments(signature.inputs, true, taken, arguments);
  addArguments(signature.outputs, false, taken, arguments);

  for (const Argument &argument : arguments)
    out << "#define " << macros << "_" << llvm::StringRef(argument.identifier).upper()
        << "_ELEMENTS INT64_C(" << elementsOf(*argument.tensor) << ") // ["
        << shapeList(*argument.tensor) << "] " << argument.tensor->dtype << "\n";
  out << "\n// Runs the entry once; buddy_last_error() says why if the status is not BUDDY_OK.\n";
  if (!signature.states.empty())
    out << "// The context's states are changed: what the next run works on.\n";
  out << "static inline BuddyStatus " << function << "(BuddyContext *buddy_context";
  for (const Argument &argument : arguments)
    out << ",\n    " << (argument.isInput ? "const " : "") << cType(argument.tensor->dtype) << " *"
        << argument.identifier << " /* [" << shapeList(*argument.tensor) << "] */";
  out << ") {\n";
  for (const Argument &argument : arguments)
    writeTensor(out, argument);
  writeList(out, "inputs", arguments, true);
  writeList(out, "outputs", arguments, false);
  out << "  return buddy_context_run_entry(buddy_context, " << number << ", buddy_inputs, "
      << signature.inputs.size() << ", buddy_outputs, " << signature.outputs.size() << ");\n}\n\n";
}

std::string makeModelHeader(llvm::ArrayRef<ManifestEntry> entries) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "// Made by the Buddy compiler: the typed entry points of this package. Compile with the\n"
         "// runtime's headers and link buddy_runtime. Tensors are dense and row-major.\n"
         "#ifndef BUDDY_MODEL_H\n#define BUDDY_MODEL_H\n\n"
         "#include <buddy/runtime.h>\n\n";
  for (auto [number, entry] : llvm::enumerate(entries))
    writeEntry(out, entry, number);
  out << "#endif // BUDDY_MODEL_H\n";
  return text;
}

} // namespace buddy
