// models/model.json to plain data.
#include "buddy/Frontend/Import/ExportedProgram.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/Json.h"
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace buddy;
using namespace buddy::pt2;

// The only major version whose meaning we know; PyTorch raises it for every incompatible change.
static constexpr int64_t kSchemaMajor = 8;

std::string pt2::scalarTypeName(int64_t code) {
  switch (code) {
  case 1:
    return "uint8";
  case 2:
    return "int8";
  case 3:
    return "int16";
  case 4:
    return "int32";
  case 5:
    return "int64";
  case 6:
    return "float16";
  case 7:
    return "float32";
  case 8:
    return "float64";
  case 9:
    return "complex32";
  case 10:
    return "complex64";
  case 11:
    return "complex128";
  case 12:
    return "bool";
  case 13:
    return "bfloat16";
  case 28:
    return "uint16";
  case 29:
    return "float8_e4m3fn";
  case 30:
    return "float8_e5m2";
  case 31:
    return "float8_e4m3fnuz";
  case 32:
    return "float8_e5m2fnuz";
  case 33:
    return "float8_e8m0fnu";
  case 34:
    return "uint32";
  case 35:
    return "uint64";
  default:
    return "dtype code " + std::to_string(code);
  }
}

std::optional<DType> pt2::scalarType(int64_t code) {
  switch (code) {
  case 1:
    return DType::U8;
  case 2:
    return DType::I8;
  case 3:
    return DType::I16;
  case 4:
    return DType::I32;
  case 5:
    return DType::I64;
  case 6:
    return DType::F16;
  case 7:
    return DType::F32;
  case 8:
    return DType::F64;
  case 12:
    return DType::Bool;
  case 13:
    return DType::BF16;
  default:
    return std::nullopt;
  }
}

// A size, stride or offset, or a Python integer made of sizes; `unreadable` is set if it is an
// expression that cannot be read, which counts as 0.
static int64_t readSymInt(Json json, ArrayRef<std::string> symbols, std::string &unreadable) {
  auto [tag, value] = json.tagged();
  if (tag == "as_expr") {
    std::string text = value.at("expr_str").string();
    if (std::optional<int64_t> size = readSizeExpression(text, symbols))
      return *size;
    if (unreadable.empty())
      unreadable = text.empty() ? "?" : showSizeExpression(text);
    return 0;
  }
  if (value && tag != "as_int")
    json.fail("must be as_int or as_expr");
  return value.integer();
}

// torch.export's names for them: u0, and zuf0 of floats.
static bool isElementSymbol(StringRef name) {
  return (name.consume_front("zuf") || name.consume_front("u")) && !name.empty() &&
         llvm::all_of(name, llvm::isDigit);
}

bool pt2::dependsOnElements(StringRef expression) {
  while (!expression.empty()) {
    StringRef word = expression.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (isElementSymbol(word))
      return true;
    expression = expression.drop_front(std::max<size_t>(word.size(), 1));
  }
  return false;
}

TensorMeta pt2::readTensorMeta(Json json, ArrayRef<std::string> symbols) {
  TensorMeta meta;
  meta.scalarType = json.at("dtype").integer();
  std::string ofStrides; // strides only tell views from copies
  json.at("sizes").forEachItem(
      [&](Json size) { meta.sizes.push_back(readSymInt(size, symbols, meta.unreadable)); });
  json.at("strides").forEachItem(
      [&](Json stride) { meta.strides.push_back(readSymInt(stride, symbols, ofStrides)); });
  meta.hasStrides = ofStrides.empty() && meta.strides.size() == meta.sizes.size();
  meta.storageOffset = readSymInt(json.at("storage_offset"), symbols, ofStrides);
  meta.layout = json.at("layout").integer();
  return meta;
}

static Graph readGraph(Json json, ArrayRef<std::string> symbols);

namespace {
// What arguments may refer to.
struct Context {
  ArrayRef<std::string> symbols;
  const Graph &graph; // with its symInts
};
} // namespace

// as_sym_ints and its like: names of numbers mixed with plain values.
static void readSymbolic(Json item, StringRef plainTag, Argument &argument, const Context &context,
                         function_ref<void(Json)> readPlain, function_ref<void(int64_t)> readSize) {
  auto [tag, value] = item.tagged();
  if (tag == "as_name") {
    std::string name = value.string();
    auto known = context.graph.symInts.find(name);
    if (known != context.graph.symInts.end() && readSize)
      return readSize(known->second);
    auto unreadable = context.graph.unreadableNumbers.find(name);
    argument.kind = Argument::Kind::Symbol;
    argument.text = unreadable == context.graph.unreadableNumbers.end() ? name : unreadable->second;
  } else if (tag == plainTag) {
    readPlain(value);
  } else {
    item.fail("must be as_name or " + plainTag);
  }
}

static Argument readArgument(Json json, const Context &context) {
  using Kind = Argument::Kind;
  Argument argument;
  auto [tag, value] = json.tagged();
  argument.tag = tag;
  auto pushInt = [&](Json item) { argument.integers.push_back(item.integer()); };
  auto pushNumber = [&](Json item) { argument.numbers.push_back(item.number()); };
  auto pushBool = [&](Json item) { argument.integers.push_back(item.boolean()); };
  auto pushTensor = [&](Json item) { argument.tensors.push_back(item.at("name").string()); };
  auto readOptionalTensor = [&](Json item) -> std::string {
    auto [itemTag, itemValue] = item.tagged();
    return itemTag == "as_tensor" ? itemValue.at("name").string() : std::string();
  };

  if (tag == "as_none") {
    argument.kind = Kind::None;
  } else if (tag == "as_tensor") {
    argument.kind = Kind::Tensor;
    argument.text = value.at("name").string();
  } else if (tag == "as_optional_tensor") {
    argument.text = readOptionalTensor(value);
    argument.kind = argument.text.empty() ? Kind::None : Kind::Tensor;
  } else if (tag == "as_tensors") {
    argument.kind = Kind::Tensors;
    value.forEachItem(pushTensor);
  } else if (tag == "as_optional_tensors") {
    argument.kind = Kind::Tensors;
    value.forEachItem([&](Json item) { argument.tensors.push_back(readOptionalTensor(item)); });
  } else if (tag == "as_int") {
    argument.kind = Kind::Int;
    argument.integer = value.integer();
  } else if (tag == "as_ints") {
    argument.kind = Kind::Ints;
    value.forEachItem(pushInt);
  } else if (tag == "as_float") {
    argument.kind = Kind::Float;
    argument.number = value.number();
  } else if (tag == "as_floats") {
    argument.kind = Kind::Floats;
    value.forEachItem(pushNumber);
  } else if (tag == "as_bool") {
    argument.kind = Kind::Bool;
    argument.integer = value.boolean();
  } else if (tag == "as_bools") {
    argument.kind = Kind::Bools;
    value.forEachItem(pushBool);
  } else if (tag == "as_string") {
    argument.kind = Kind::String;
    argument.text = value.string();
  } else if (tag == "as_scalar_type") {
    argument.kind = Kind::ScalarType;
    argument.integer = value.integer();
  } else if (tag == "as_memory_format") {
    argument.kind = Kind::Ignored;
    argument.integer = value.integer();
  } else if (tag == "as_layout" || tag == "as_device") {
    argument.kind = Kind::Ignored;
  } else if (tag == "as_sym_int") {
    argument.kind = Kind::Int;
    readSymbolic(
        value, "as_int", argument, context, [&](Json v) { argument.integer = v.integer(); },
        [&](int64_t size) {
          argument.integer = size;
          argument.isSize = isSymbolic(size);
        });
  } else if (tag == "as_sym_ints") {
    argument.kind = Kind::Ints;
    value.forEachItem([&](Json item) {
      readSymbolic(item, "as_int", argument, context, pushInt, [&](int64_t size) {
        argument.integers.push_back(size);
        argument.isSize |= isSymbolic(size);
      });
    });
  } else if (tag == "as_sym_float") {
    argument.kind = Kind::Float;
    readSymbolic(
        value, "as_float", argument, context, [&](Json v) { argument.number = v.number(); },
        nullptr);
  } else if (tag == "as_sym_bool") {
    argument.kind = Kind::Bool;
    readSymbolic(
        value, "as_bool", argument, context, [&](Json v) { argument.integer = v.boolean(); },
        nullptr);
  } else if (tag == "as_graph") {
    argument.kind = Kind::Graph;
    argument.graph = std::make_shared<Graph>(readGraph(value.at("graph"), context.symbols));
  } else {
    argument.kind = Kind::Other;
  }
  return argument;
}

static Node readNode(Json json, const Context &context) {
  Node node;
  node.target = json.at("target").string();
  if (Json name = json.get("name"))
    node.name = name.string();
  json.at("inputs").forEachItem([&](Json input) {
    node.inputs.push_back({input.at("name").string(), readArgument(input.at("arg"), context)});
  });
  json.at("outputs").forEachItem([&](Json output) {
    Argument result = readArgument(output, context);
    node.isOnSizes |= StringRef(result.tag).starts_with("as_sym_");
    node.outputs.push_back(std::move(result));
  });
  Json metadata = json.at("metadata");
  if (Json trace = metadata.get("stack_trace"))
    node.stackTrace = trace.string();
  if (Json stack = metadata.get("nn_module_stack"))
    node.moduleStack = stack.string();
  return node;
}

static Graph readGraph(Json json, ArrayRef<std::string> symbols) {
  Graph graph;
  if (Json values = json.get("sym_int_values"))
    values.forEachMember([&](StringRef name, Json value) {
      std::string unreadable;
      int64_t size = readSymInt(value, symbols, unreadable);
      if (unreadable.empty())
        graph.symInts[name] = size;
      else
        graph.unreadableNumbers[name] = unreadable;
    });
  if (Json values = json.get("sym_float_values"))
    values.forEachMember([&](StringRef name, Json value) {
      auto [tag, expression] = value.tagged();
      if (tag == "as_expr")
        graph.unreadableNumbers[name] = showSizeExpression(expression.at("expr_str").string());
    });
  Context context{symbols, graph};
  json.at("inputs").forEachItem(
      [&](Json arg) { graph.inputs.push_back(readArgument(arg, context)); });
  json.at("outputs").forEachItem(
      [&](Json arg) { graph.outputs.push_back(readArgument(arg, context)); });
  json.at("nodes").forEachItem([&](Json node) { graph.nodes.push_back(readNode(node, context)); });
  json.at("tensor_values").forEachMember([&](StringRef name, Json meta) {
    graph.tensorValues.insert_or_assign(name, readTensorMeta(meta, symbols));
  });
  return graph;
}

static void readInputSpec(Json json, Program &program) {
  using Kind = InputSpec::Kind;
  auto [tag, value] = json.tagged();
  if (tag == "user_input") {
    Argument argument = readArgument(value.at("arg"), {{}, program.graph});
    // Numbers, strings and None are built into the program by torch.export; nobody passes them.
    bool isTensor = argument.kind == Argument::Kind::Tensor;
    if (StringRef(argument.tag).starts_with("as_sym_"))
      value.refuse("is a number that each run may choose (" + argument.text +
                       "), which is not supported",
                   "pass a tensor, or export it as a constant");
    program.inputs.push_back({isTensor ? Kind::UserInput : Kind::ConstantInput, argument.text,
                              isTensor ? argument.text : std::string()});
  } else if (tag == "parameter") {
    program.inputs.push_back({Kind::Parameter, value.at("arg").at("name").string(),
                              value.at("parameter_name").string()});
  } else if (tag == "buffer") {
    program.inputs.push_back(
        {Kind::Buffer, value.at("arg").at("name").string(), value.at("buffer_name").string()});
  } else if (tag == "tensor_constant") {
    program.inputs.push_back({Kind::Constant, value.at("arg").at("name").string(),
                              value.at("tensor_constant_name").string()});
  } else if (tag == "constant_input") {
    std::string name = value.at("name").string();
    program.inputs.push_back({Kind::ConstantInput, name, name});
  } else if (tag == "custom_obj") {
    json.refuse("is an object of Python that the program uses (a torch.Generator, a class of "
                "TorchBind), which is not supported",
                "make tensors of it before the export");
  } else {
    json.refuse("is an input of kind '" + tag + "', which is not supported",
                "only tensors and Python numbers are");
  }
}

static void readOutputSpec(Json json, Program &program) {
  auto [tag, value] = json.tagged();
  OutputSpec spec;
  spec.kind = tag;
  Json arg = value.at("arg");
  if (tag == "user_output") {
    spec.value = readArgument(arg, {{}, program.graph});
  } else {
    spec.value.kind = Argument::Kind::Tensor;
    spec.value.text = arg.at("name").string();
    for (StringRef key : {"buffer_name", "user_input_name", "parameter_name"})
      if (Json name = value.get(key))
        spec.target = name.string();
  }
  program.outputs.push_back(std::move(spec));
}

static void collectNames(const pt2::Graph &graph, StringSet<> &used);

static void collectNames(const Argument &argument, StringSet<> &used) {
  if (argument.kind == Argument::Kind::Tensor)
    used.insert(argument.text);
  for (const std::string &name : argument.tensors)
    used.insert(name);
  if (argument.graph)
    collectNames(*argument.graph, used);
}

static void collectNames(const pt2::Graph &graph, StringSet<> &used) {
  for (const Node &node : graph.nodes)
    for (const NamedArgument &input : node.inputs)
      collectNames(input.value, used);
}

StringSet<> pt2::usedNames(const Program &program) {
  StringSet<> used;
  collectNames(program.graph, used);
  for (const OutputSpec &spec : program.outputs)
    collectNames(spec.value, used);
  return used;
}

// Without models/model.json the archive is something else; say what it looks like.
static Error notAnExportedProgram(const Archive &archive) {
  std::vector<std::string> shown;
  std::string guess;
  for (const ArchiveEntry &entry : archive.getEntries()) {
    StringRef name = entry.name;
    if (shown.size() < 8)
      shown.push_back("'" + name.str() + "'");
    if (name.ends_with("data.pkl") || name.ends_with("constants.pkl"))
      guess = "it looks like a file of torch.save or torch.jit.save";
    else if (name.ends_with("serialized_exported_program.json"))
      guess = "it looks like an export of PyTorch 2.6 or older";
    else if (guess.empty() && name.contains("/data/aotinductor/"))
      guess = "it looks like a package of AOTInductor, which holds compiled code";
  }
  size_t total = archive.getEntries().size();
  std::string list = shown.empty() ? "nothing" : llvm::join(shown, ", ");
  if (total > shown.size())
    list += " and " + std::to_string(total - shown.size()) + " more";
  return archive.error("has no models/model.json, so it is not an archive of torch.export.save(" +
                       Twine("exported_program, path) of PyTorch 2.13") +
                       (guess.empty() ? "" : "; " + guess) + ". It has " + list);
}

Expected<std::vector<std::string>> pt2::programNames(const Archive &archive) {
  std::vector<std::string> names;
  for (const ArchiveEntry &entry : archive.getEntries()) {
    StringRef name = entry.name;
    name = name.split('/').second; // below the archive's top folder
    if (name.consume_front("models/") && name.consume_back(".json") && !name.contains('/'))
      names.push_back(name.str());
  }
  if (names.empty())
    return notAnExportedProgram(archive);
  return names;
}

Expected<Program> pt2::readProgram(const Archive &archive, StringRef name) {
  std::string path = ("models/" + name + ".json").str();
  if (!archive.find(path))
    return notAnExportedProgram(archive);
  Expected<ArrayRef<char>> text = archive.read(path);
  if (!text)
    return text.takeError();
  Expected<std::unique_ptr<JsonFile>> file =
      JsonFile::parse(archive.getPath().str() + ": " + path, *text);
  if (!file)
    return file.takeError();
  Json root = (*file)->root();

  // The version first: of another version nothing else can be trusted.
  Program program;
  int64_t major = root.at("schema_version").at("major").integer();
  if (Json version = root.get("torch_version"))
    program.torchVersion = version.string();
  if (Error error = (*file)->takeError())
    return std::move(error);
  if (major != kSchemaMajor)
    return archive.error(
        Twine(path) + " has schema version " + Twine(major) + ", written by PyTorch " +
        (program.torchVersion.empty() ? std::string("of an unknown version")
                                      : program.torchVersion) +
        "; version " + Twine(kSchemaMajor) +
        " is supported, which PyTorch 2.13 writes. Export the model with PyTorch 2.13");

  // The symbols first: sizes refer to them.
  Json module = root.at("graph_module");
  std::vector<std::string> symbols;
  root.at("range_constraints").forEachMember([&](StringRef symbol, Json range) {
    if (isElementSymbol(symbol))
      return; // no size that a run may choose
    RangeConstraint constraint{symbol.str(), std::nullopt, std::nullopt};
    if (Json min = range.get("min_val"))
      constraint.min = min.integer();
    if (Json max = range.get("max_val"))
      constraint.max = max.integer();
    program.ranges.push_back(constraint);
    symbols.push_back(symbol.str());
  });
  program.graph = readGraph(module.at("graph"), symbols);
  Json signature = module.at("signature");
  signature.at("input_specs").forEachItem([&](Json spec) { readInputSpec(spec, program); });
  signature.at("output_specs").forEachItem([&](Json spec) { readOutputSpec(spec, program); });
  if (Error error = (*file)->takeError())
    return std::move(error);
  return program;
}
