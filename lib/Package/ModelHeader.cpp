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

  // Whether its sizes are the same in every run.
  bool isStatic() const {
    return llvm::all_of(tensor->shape, [](const auto &size) { return size.constant(); });
  }
};

// The names of an entry in C.
struct EntryNames {
  std::string function;
  std::vector<std::string> symbols; // parameters of the function
  std::vector<Argument> arguments;
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

// "1, s64 + 1, 1536": the text of a size is an expression of C as well.
static std::string shapeList(const SignatureTensor &tensor,
                             const std::vector<std::string> &symbols) {
  return llvm::join(
      llvm::map_range(tensor.shape, [&](const auto &size) { return size.text(symbols); }), ", ");
}

// "(s64 + 1) * 1536": the symbols, which are int64_t, come first, or C would multiply numbers as
// int.
static std::string elementsText(const SignatureTensor &tensor,
                                const std::vector<std::string> &symbols) {
  std::string text, numbers;
  for (const runtime::SizeExpression &size : tensor.shape) {
    std::string factor = size.text(symbols);
    bool isSum = llvm::StringRef(factor).contains(" + ");
    if (!size.constant())
      text += (text.empty() ? "" : " * ") + (isSum ? "(" + factor + ")" : factor);
    else if (factor != "1")
      numbers += " * " + factor;
  }
  return text + numbers;
}

static int64_t elementsOf(const SignatureTensor &tensor) {
  int64_t count = 1;
  for (const runtime::SizeExpression &size : tensor.shape)
    count *= *size.constant();
  return count;
}

// An identifier for `name` that differs from all in `taken`.
static std::string newIdentifier(llvm::StringRef name, llvm::StringSet<> &taken) {
  std::string base = cIdentifier(name), result = base;
  for (int number = 2; !taken.insert(result).second; ++number)
    result = base + "_" + std::to_string(number);
  return result;
}

static EntryNames namesOf(const ManifestEntry &entry) {
  EntryNames names;
  names.function = cIdentifier(entry.name);
  llvm::StringSet<> taken;
  for (llvm::StringRef name : {"buddy_context", "buddy_inputs", "buddy_outputs"})
    taken.insert(name);
  taken.insert(names.function);
  for (const SignatureSymbol &symbol : entry.signature.symbols)
    names.symbols.push_back(newIdentifier(symbol.name, taken));
  for (const SignatureTensor &tensor : entry.signature.inputs)
    names.arguments.push_back({&tensor, newIdentifier(tensor.name, taken), true});
  for (const SignatureTensor &tensor : entry.signature.outputs)
    names.arguments.push_back({&tensor, newIdentifier(tensor.name, taken), false});
  return names;
}

static void writeTensor(llvm::raw_ostream &out, const Argument &argument,
                        const std::vector<std::string> &symbols) {
  const SignatureTensor &tensor = *argument.tensor;
  size_t rank = tensor.shape.size();
  std::string shape = "NULL";
  if (rank) {
    shape = argument.identifier + "_shape";
    out << "  int64_t " << shape << "[] = {" << shapeList(tensor, symbols) << "};\n";
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

// How many elements a buffer must have: a macro, or a function of the symbols.
static void writeElements(llvm::raw_ostream &out, const EntryNames &names,
                          const Argument &argument) {
  const SignatureTensor &tensor = *argument.tensor;
  std::string type = "[" + shapeList(tensor, names.symbols) + "] " + tensor.dtype;
  if (argument.isStatic()) {
    out << "#define " << llvm::StringRef(names.function).upper() << "_"
        << llvm::StringRef(argument.identifier).upper() << "_ELEMENTS INT64_C("
        << elementsOf(tensor) << ") // " << type << "\n";
    return;
  }
  out << "static inline int64_t " << names.function << "_" << argument.identifier << "_elements(";
  for (auto [index, symbol] : llvm::enumerate(names.symbols))
    out << (index ? ", " : "") << "int64_t " << symbol;
  out << ") { // " << type << "\n";
  for (auto [index, symbol] : llvm::enumerate(names.symbols))
    if (llvm::none_of(tensor.shape, [&](const auto &size) { return size.uses(index); }))
      out << "  (void)" << symbol << ";\n";
  out << "  return " << elementsText(tensor, names.symbols) << ";\n}\n";
}

static void writeComments(llvm::raw_ostream &out, const PackageSignature &signature,
                          const EntryNames &names) {
  out << "\n// Runs the entry once; buddy_last_error() says why if the status is not BUDDY_OK.\n";
  if (!signature.states.empty())
    out << "// The context's states are changed: what the next run works on.\n";
  for (auto [symbol, identifier] : llvm::zip_equal(signature.symbols, names.symbols)) {
    out << "// " << identifier << " is ";
    if (symbol.max)
      out << symbol.min << " to " << *symbol.max << ".\n";
    else
      out << "at least " << symbol.min << ".\n";
  }
}

static void writeEntry(llvm::raw_ostream &out, const ManifestEntry &entry, size_t number) {
  const PackageSignature &signature = entry.signature;
  EntryNames names = namesOf(entry);
  for (const Argument &argument : names.arguments)
    writeElements(out, names, argument);
  writeComments(out, signature, names);
  out << "static inline BuddyStatus " << names.function << "(BuddyContext *buddy_context";
  for (const std::string &symbol : names.symbols)
    out << ", int64_t " << symbol;
  for (const Argument &argument : names.arguments)
    out << ",\n    " << (argument.isInput ? "const " : "") << cType(argument.tensor->dtype) << " *"
        << argument.identifier << " /* [" << shapeList(*argument.tensor, names.symbols) << "] */";
  out << ") {\n";
  for (const Argument &argument : names.arguments)
    writeTensor(out, argument, names.symbols);
  writeList(out, "inputs", names.arguments, true);
  writeList(out, "outputs", names.arguments, false);
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
