// The graph of models/model.json: its nodes, their arguments, its tensors.
#include "ProgramGraph.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/Json.h"
#include "buddy/Frontend/Import/SizeExpressions.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace buddy;
using namespace buddy::pt2;

// A size, stride or offset, or a Python integer made of sizes; `unreadable` is set if it is an
// expression that cannot be read, which counts as 0.
static Size readSymInt(Json json, const SizeSymbols &symbols, std::string &unreadable) {
  auto [tag, value] = json.tagged();
  if (tag == "as_expr") {
    std::string text = value.at("expr_str").string();
    Size size = readSizeExpression(text, symbols);
    if (numberOfSize(size))
      return size;
    if (unreadable.empty())
      unreadable = text.empty() ? "?" : showSizeExpression(text);
    return 0;
  }
  if (value && tag != "as_int")
    json.fail("must be as_int or as_expr");
  return value.integer();
}

bool pt2::isElementSymbol(StringRef name) {
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

TensorMeta pt2::readTensorMeta(Json json, const SizeSymbols &symbols) {
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

// as_sym_ints and its like: names of numbers mixed with plain values.
static void readSymbolic(Json item, StringRef plainTag, Argument &argument,
                         const ArgumentContext &context, function_ref<void(Json)> readPlain,
                         function_ref<void(Size)> readSize) {
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

Argument pt2::readArgument(Json json, const ArgumentContext &context) {
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
        [&](Size size) {
          argument.integer = size.asNumber().value_or(0);
          if (size.isOpen())
            argument.sizes = {size};
        });
  } else if (tag == "as_sym_ints") {
    argument.kind = Kind::Ints;
    std::vector<Size> sizes;
    value.forEachItem([&](Json item) {
      readSymbolic(
          item, "as_int", argument, context,
          [&](Json number) { sizes.push_back(number.integer()); },
          [&](Size size) { sizes.push_back(size); });
    });
    for (Size size : sizes)
      argument.integers.push_back(size.asNumber().value_or(0));
    if (isOpen(sizes))
      argument.sizes = std::move(sizes);
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

static Node readNode(Json json, const ArgumentContext &context) {
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

Graph pt2::readGraph(Json json, const SizeSymbols &symbols) {
  Graph graph;
  if (Json values = json.get("sym_int_values"))
    values.forEachMember([&](StringRef name, Json value) {
      std::string unreadable;
      Size size = readSymInt(value, symbols, unreadable);
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
  ArgumentContext context{symbols, graph};
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
