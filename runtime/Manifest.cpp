// Reads manifest.json; every field is checked before it is believed.
#include "Manifest.h"
#include "Checksum.h"
#include "Failure.h"
#include "ManifestValue.h"
#include <algorithm>
#include <map>
#include <simdjson.h>

namespace buddy::runtime {

constexpr size_t longestManifest = 256 << 20;
// More than the compiler takes; each is compared with the others, and looked for in each text.
constexpr size_t mostSymbols = 64;

std::string shapeText(const TensorSpec &tensor) {
  if (!tensor.isDynamic())
    return shapeText(tensor.shape);
  std::string text;
  for (const std::string &dimension : tensor.dimensions)
    text += (text.empty() ? "" : ", ") + dimension;
  return "[" + text + "]";
}

std::string rangeText(const SymbolSpec &symbol) {
  return symbol.max == SymbolSpec::unbounded ? concat("at least ", symbol.min)
                                             : concat(symbol.min, " to ", symbol.max);
}

std::vector<std::string> symbolNames(const EntrySpec &entry) {
  std::vector<std::string> names;
  for (const SymbolSpec &symbol : entry.symbols)
    names.push_back(symbol.name);
  return names;
}

static DataType readDataType(const Value &value) {
  std::string name = value.text();
  if (auto type = parseDataType(name))
    return *type;
  value.wrong(concat("is \"", name, "\", which is no dtype"));
}

// A string that says how a number depends on the symbols.
static SizeExpression readExpression(const Value &value, const std::vector<std::string> &symbols) {
  std::string text = value.text();
  auto size = SizeExpression::parse(text, symbols);
  if (!size || size->constant())
    value.wrong(concat("is \"", text, "\", which is no sum of products of the entry's symbols"));
  return *size;
}

static SizeExpression readSize(const Value &value, const std::vector<std::string> &symbols) {
  return value.isText() ? readExpression(value, symbols) : value.count();
}

static SizeExpression readLimit(const Value &value, const std::vector<std::string> &symbols) {
  return value.isText() ? readExpression(value, symbols) : value.integer();
}

static IndexRange readRange(const Value &value, const std::vector<std::string> &symbols,
                            const TensorSpec &tensor) {
  IndexRange range{value["first"].count(), -1, readLimit(value["lowest"], symbols),
                   readLimit(value["highest"], symbols)};
  if (value.has("count")) {
    range.count = value["count"].count();
    int64_t elements = tensor.isDynamic() ? std::numeric_limits<int64_t>::max() : tensor.elements;
    if (range.count > elements || range.first > elements - range.count)
      value.wrong("goes beyond the tensor");
  } else if (range.first != 0) {
    value.wrong("is of all elements and should begin with the first");
  }
  if (tensor.dtype != DataType::I64 && tensor.dtype != DataType::I32)
    value.wrong("belongs to a tensor that does not hold integers");
  return range;
}

static IndexCheck readCheck(const Value &value, const std::vector<std::string> &symbols) {
  IndexCheck check{value["op"].text(),
                   {},
                   readLimit(value["lowest"], symbols),
                   readLimit(value["highest"], symbols),
                   {}};
  if (value.has("location"))
    check.location = value["location"].text();
  auto lowest = check.lowest.constant(), highest = check.highest.constant();
  if (lowest && highest && *lowest > *highest)
    value["highest"].wrong("is below the lowest");
  for (const Value &size : value["shape"].list())
    check.shape.push_back(readSize(size, symbols));
  return check;
}

static void readShape(const Value &value, const std::vector<std::string> &symbols,
                      TensorSpec &tensor) {
  std::vector<SizeExpression> sizes;
  bool isDynamic = false;
  for (const Value &item : value.list()) {
    const SizeExpression &size = sizes.emplace_back(readSize(item, symbols));
    tensor.shape.push_back(size.constant().value_or(-1));
    tensor.dimensions.push_back(size.text(symbols));
    isDynamic |= !size.constant();
  }
  tensor.elements = -1;
  if (isDynamic) {
    tensor.sizes = std::move(sizes);
  } else if (auto elements = elementCount(tensor.shape, dataTypeBytes(tensor.dtype))) {
    tensor.elements = *elements;
  } else {
    value.wrong("is too large");
  }
  if (tensor.shape.size() > 64)
    value.wrong("is too large");
}

static TensorSpec readTensor(const Value &value, const std::vector<std::string> &symbols) {
  TensorSpec tensor;
  tensor.name = value["name"].text();
  tensor.dtype = readDataType(value["dtype"]);
  tensor.stored = value.has("stored") ? readDataType(value["stored"]) : tensor.dtype;
  bool isBool = tensor.dtype == DataType::Bool && tensor.stored == DataType::I8;
  if (tensor.dtype != tensor.stored && !isBool)
    value["stored"].wrong(concat("is ", dataTypeName(tensor.stored), " for ",
                                 dataTypeName(tensor.dtype), ", which is not supported"));
  readShape(value["shape"], symbols, tensor);
  if (value.has("ranges"))
    for (const Value &range : value["ranges"].list())
      tensor.ranges.push_back(readRange(range, symbols, tensor));
  return tensor;
}

static FileSpec readFile(const Value &value) {
  FileSpec file;
  file.file = value["file"].text();
  if (file.file.empty() || file.file.find('/') != std::string::npos || file.file == "." ||
      file.file == "..")
    value["file"].wrong("should be the plain name of a file in the package");
  auto crc = parseCrc32(value["crc32"].text());
  if (!crc)
    value["crc32"].wrong("should be eight hexadecimal digits");
  file.crc32 = *crc;
  file.bytes = value["bytes"].count();
  return file;
}

static ParamBlock readBlock(const Value &value) {
  ParamBlock block;
  block.kind = value["kind"].text();
  block.sources = value["sources"].texts();
  auto optional = [&](std::string_view key) { return value.has(key) ? value[key].count() : 0; };
  block.rows = optional("rows");
  block.cols = optional("cols");
  block.tile = optional("tile");
  block.elements = optional("elements");
  block.transposed = value.has("transposed") && value["transposed"].boolean();
  block.offset = value["offset"].count();
  block.bytes = value["bytes"].count();
  return block;
}

static StateSpec readState(const Value &value, int64_t paramsBytes) {
  StateSpec state{readTensor(value, {}), {}};
  if (value.has("initial")) {
    state.initial = value["initial"].count();
    int64_t bytes = state.elements * dataTypeBytes(state.stored);
    if (bytes > paramsBytes || *state.initial > paramsBytes - bytes)
      value["initial"].wrong("lies outside of the parameters");
  }
  return state;
}

static OpSchedule::Numbers readNumbers(const Value &value) {
  OpSchedule::Numbers numbers;
  for (const auto &[name, number] : value.members())
    numbers.emplace_back(name, number.count());
  return numbers;
}

static OpSchedule readSchedule(const Value &value) {
  OpSchedule schedule;
  schedule.op = value["op"].text();
  schedule.kind = value["kind"].text();
  if (value.has("location"))
    schedule.location = value["location"].text();
  schedule.loops = readNumbers(value["loops"]);
  for (const auto &[name, field] : value["schedule"].members()) {
    OpSchedule::Field &read = schedule.fields.emplace_back();
    read.name = name;
    if (field.isObject())
      read.elements = readNumbers(field);
    else
      read.number = field.count();
  }
  return schedule;
}

static KernelSpec readKernel(const Value &value, const std::vector<std::string> &symbols) {
  KernelSpec kernel{value["name"].text(), value["kind"].text(), {}, {}, {}};
  if (value.has("location"))
    kernel.location = value["location"].text();
  if (value.has("flops"))
    kernel.flops = readSize(value["flops"], symbols);
  if (value.has("bytes"))
    kernel.bytes = value["bytes"].count();
  return kernel;
}

static bool isIdentifier(std::string_view text) {
  auto isLetter = [](char c) { return c == '_' || ((c | 32) >= 'a' && (c | 32) <= 'z'); };
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && isLetter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return isLetter(c) || isDigit(c); });
}

static void readSymbols(const Value &value, EntrySpec &entry) {
  for (const Value &item : value.list()) {
    if (entry.symbols.size() == mostSymbols)
      value.wrong(concat("has more than ", mostSymbols, " symbols, which no model has"));
    SymbolSpec symbol;
    symbol.name = item["name"].text();
    if (!isIdentifier(symbol.name))
      item["name"].wrong("should be letters, digits and underscores");
    for (const SymbolSpec &other : entry.symbols)
      if (other.name == symbol.name)
        item["name"].wrong("is the name of another symbol as well");
    symbol.min = item["min"].count();
    if (item.has("max"))
      symbol.max = item["max"].count();
    if (symbol.max < symbol.min)
      item["max"].wrong("is below the minimum");
    entry.symbols.push_back(std::move(symbol));
  }
}

// Where the symbol's value is read on each run.
static bool findSource(const EntrySpec &entry, size_t number, SymbolSpec &symbol) {
  for (size_t input = 0; input < entry.inputs.size(); ++input)
    for (size_t dimension = 0; dimension < entry.inputs[input].sizes.size(); ++dimension)
      if (entry.inputs[input].sizes[dimension].bareSymbol() == number) {
        symbol.input = input;
        symbol.dimension = dimension;
        return true;
      }
  return false;
}

static EntrySpec readEntry(const Value &value, const std::map<std::string, size_t> &states) {
  EntrySpec entry;
  entry.name = value["name"].text();
  entry.symbol = value["symbol"].text();
  readSymbols(value["symbols"], entry);
  std::vector<std::string> symbols = symbolNames(entry);
  if (symbols.empty())
    entry.workspaceBytes = value["workspace_bytes"].count();
  else
    entry.workspace = value["workspace"].text();
  if (value.has("stack_bytes"))
    entry.stackBytes = value["stack_bytes"].count();
  for (const Value &input : value["inputs"].list())
    entry.inputs.push_back(readTensor(input, symbols));
  for (const Value &output : value["outputs"].list())
    entry.outputs.push_back(readTensor(output, symbols));
  for (size_t i = 0; i < symbols.size(); ++i)
    if (!findSource(entry, i, entry.symbols[i]))
      value["symbols"].wrong(
          concat("has \"", symbols[i], "\", which no dimension of an input is equal to"));
  for (const Value &name : value["states"].list()) {
    auto found = states.find(name.text());
    if (found == states.end())
      name.wrong("names no state of the package");
    entry.states.push_back(found->second);
  }
  if (value.has("checks"))
    for (const Value &check : value["checks"].list())
      entry.checks.push_back(readCheck(check, symbols));
  for (const Value &schedule : value["schedules"].list())
    entry.schedules.push_back(readSchedule(schedule));
  for (const Value &kernel : value["kernels"].list())
    entry.kernels.push_back(readKernel(kernel, symbols));
  if (!entry.kernels.empty())
    entry.profile = value["profile"].text();
  entry.flops = readSize(value["flops"], symbols);
  return entry;
}

Manifest parseManifest(std::string_view text, const std::string &shown) {
  if (text.empty())
    fail(BUDDY_DAMAGED, shown, ": is empty: the package is damaged; compile the layer again");
  if (text.size() > longestManifest)
    fail(BUDDY_DAMAGED, shown, ": has ", text.size(), " bytes, which no manifest has");
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (auto error = parser.parse(text.data(), text.size()).get(document))
    fail(BUDDY_DAMAGED, shown, ": is not valid JSON: ", simdjson::error_message(error));
  Value root(document, "", shown);
  std::string_view magic;
  if (document.at_key("magic").get_string().get(magic) || magic != manifestMagic)
    fail(BUDDY_NOT_A_PACKAGE, shown,
         ": is not the manifest of a buddy package (its \"magic\" is not \"", manifestMagic, "\")");

  // The rule of the checksum is the same in every version, so that damage is told from age.
  auto checksum = manifestChecksum(text);
  if (!checksum)
    fail(BUDDY_DAMAGED, shown, ": has no \"checksum\"");
  if (checksum->stored != crc32Text(checksum->computed))
    fail(BUDDY_DAMAGED, shown, ": its checksum is ", checksum->stored, ", its text gives ",
         crc32Text(checksum->computed),
         ": the file was changed or damaged; compile the layer again");

  Manifest manifest;
  manifest.version = root["version"].count();
  if (manifest.version != manifestVersion)
    fail(BUDDY_WRONG_VERSION, shown, ": the package has format version ", manifest.version,
         ", this runtime reads version ", manifestVersion,
         ": compile the layer again with the compiler that belongs to this runtime");
  manifest.compiler = root["compiler"].text();
  Value target = root["target"];
  manifest.targetName = target["name"].text();
  manifest.triple = target["triple"].text();
  manifest.features = target["features"].texts();
  manifest.library = readFile(root["library"]);
  manifest.needs = root["library"]["needs"].texts();
  manifest.params = readFile(root["params"]);
  for (const Value &block : root["params"]["layout"].list())
    manifest.layout.push_back(readBlock(block));
  std::map<std::string, size_t> states; // their numbers
  for (const Value &state : root["states"].list()) {
    manifest.states.push_back(readState(state, manifest.params.bytes));
    states.emplace(manifest.states.back().name, manifest.states.size() - 1);
  }
  for (const Value &entry : root["entries"].list())
    manifest.entries.push_back(readEntry(entry, states));
  if (manifest.entries.empty())
    root["entries"].wrong("should not be empty");
  return manifest;
}

// The number that `text` begins with, taken off with the dot behind it; -1 if there is none.
static long takeNumber(std::string_view &text) {
  long number = -1;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < 100000) {
    number = (number < 0 ? 0 : number) * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  if (!text.empty() && text[0] == '.')
    text.remove_prefix(1);
  return number;
}

bool compatibleVersions(std::string_view compiler, std::string_view runtime) {
  long major = takeNumber(compiler), ourMajor = takeNumber(runtime);
  long minor = takeNumber(compiler), ourMinor = takeNumber(runtime);
  return major >= 0 && minor >= 0 && major == ourMajor && (major > 0 || minor == ourMinor);
}

} // namespace buddy::runtime
