// models/model.json to plain data.
#include "buddy/Frontend/Import/ExportedProgram.h"
#include "ProgramGraph.h"
#include "buddy/Frontend/Import/Json.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace buddy;
using namespace buddy::pt2;

// The only major version whose meaning we know; PyTorch raises it for every incompatible change.
static constexpr int64_t kSchemaMajor = 8;

static void readInputSpec(Json json, Program &program) {
  using Kind = InputSpec::Kind;
  auto [tag, value] = json.tagged();
  if (tag == "user_input") {
    Argument argument = readArgument(value.at("arg"), {SizeSymbols(), program.graph});
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
    spec.value = readArgument(arg, {SizeSymbols(), program.graph});
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

Expected<Program> pt2::readProgram(mlir::MLIRContext *context, const Archive &archive,
                                   StringRef name) {
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
  program.graph = readGraph(module.at("graph"), {context, symbols});
  Json signature = module.at("signature");
  signature.at("input_specs").forEachItem([&](Json spec) { readInputSpec(spec, program); });
  signature.at("output_specs").forEachItem([&](Json spec) { readOutputSpec(spec, program); });
  if (Error error = (*file)->takeError())
    return std::move(error);
  return program;
}
