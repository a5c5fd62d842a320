// Functions and operations of the graph dialect to nodes.
#include "Graph.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Observed.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace buddy {

ExportedValues exportedValues(ModuleOp module) {
  ExportedValues result;
  std::vector<ExportedValue> &values = result.values;
  auto names = module->getAttrOfType<ArrayAttr>(graph::kValuesAttr);
  for (Attribute item : names ? names.getValue() : ArrayRef<Attribute>()) {
    auto entry = dyn_cast<DictionaryAttr>(item);
    auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
    values.push_back({name ? name.str() : "", "", {}});
  }
  module.walk([&](Operation *op) {
    Place place = placeOf(op->getLoc());
    for (unsigned number : place.values)
      if (number <= values.size()) {
        values[number - 1].op = op->getName().stripDialect().str();
        values[number - 1].place = place;
      }
  });
  if (auto forward = module.lookupSymbol<func::FuncOp>("forward"))
    for (Value value : forward.getBody().front().getTerminator()->getOperands()) {
      Operation *op = value.getDefiningOp();
      std::set<unsigned> numbers = op ? placeOf(op->getLoc()).values : std::set<unsigned>();
      result.outputs.push_back(numbers.size() == 1 ? *numbers.begin() : 0);
    }
  return result;
}

static std::string typeText(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return "";
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (int64_t size : tensor.getShape())
    if (ShapedType::isDynamic(size))
      stream << "?x";
    else
      stream << size << "x";
  stream << tensor.getElementType();
  return text;
}

namespace {
class FunctionReader {
public:
  FunctionReader(func::FuncOp func, const std::vector<ExportedValue> &values, Places &places)
      : func(func), values(values), places(places) {}

  GraphFunction read() {
    result.name = func.getName().str();
    for (BlockArgument argument : func.getArguments())
      addArgument(argument);
    for (Operation &op : func.getBody().front())
      if (op.hasTrait<OpTrait::IsTerminator>())
        addReturn(op);
      else
        addOp(op);
    return std::move(result);
  }

private:
  void addArgument(BlockArgument argument) {
    auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "buddy.name");
    GraphNode node;
    node.op = "argument";
    node.name = name ? name.str() : "";
    node.type = typeText(argument.getType());
    // Of a subgraph most named arguments are parameters; the program's inputs have no dots.
    bool isParameter = func.getName() != "forward" && StringRef(node.name).contains('.');
    node.kind = isParameter ? "parameter" : "input";
    numbers[argument] = result.nodes.size();
    result.nodes.push_back(std::move(node));
  }

  void addReturn(Operation &op) {
    for (auto [i, value] : llvm::enumerate(op.getOperands())) {
      GraphNode node;
      node.op = "return";
      node.name = func.getName() == "forward" ? "output" + std::to_string(i) : "";
      node.type = typeText(value.getType());
      node.kind = "output";
      node.inputs.push_back(numbers.at(value));
      result.nodes.push_back(std::move(node));
    }
  }

  void addOp(Operation &op) {
    Place place = placeOf(op.getLoc());
    GraphNode node;
    node.op = op.getName().stripDialect().str();
    node.kind = isa<graph::ConstantOp>(op) ? "constant" : "op";
    if (auto param = dyn_cast<graph::ParamOp>(op)) {
      node.kind = "parameter";
      node.name = param.getName().str();
    } else if (auto call = dyn_cast<func::CallOp>(op)) {
      node.kind = "call";
      node.callee = node.name = call.getCallee().str();
    } else {
      node.name = place.moduleText();
      for (unsigned number : place.values)
        if (node.name.empty() && number <= values.size())
          node.name = values[number - 1].name;
    }
    node.type = op.getNumResults() ? typeText(op.getResult(0).getType()) : "";
    node.module = commonModule(place.modules);
    node.place = places.number(place);
    if (node.kind == "op")
      node.values = place.values;
    for (Value operand : op.getOperands())
      if (auto at = numbers.find(operand); at != numbers.end())
        node.inputs.push_back(at->second);
    for (Value value : op.getResults())
      numbers[value] = result.nodes.size();
    result.nodes.push_back(std::move(node));
  }

  func::FuncOp func;
  const std::vector<ExportedValue> &values;
  Places &places;
  GraphFunction result;
  llvm::DenseMap<Value, size_t> numbers;
};
} // namespace

std::vector<GraphFunction> readGraph(ModuleOp module, const std::vector<ExportedValue> &values,
                                     Places &places) {
  llvm::StringMap<size_t> calls;
  module.walk([&](func::CallOp call) { ++calls[call.getCallee()]; });
  std::vector<GraphFunction> functions;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (!func.getBody().hasOneBlock())
      continue;
    functions.push_back(FunctionReader(func, values, places).read());
    functions.back().calls = func.getName() == "forward" ? 1 : calls.lookup(func.getName());
  }
  return functions;
}

} // namespace buddy
