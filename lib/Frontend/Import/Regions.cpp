// Graphs that nodes run: what they change in place, and the import of those that run as they stand.
#include "buddy/Frontend/Import/GraphImporter.h"
#include "buddy/Frontend/Import/Sharing.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::Argument::Kind;

// The graph that a node runs; null if it runs none. Its arguments come after it.
static const pt2::Graph *innerGraph(const pt2::Node &node, size_t &position) {
  for (position = 0; position < node.inputs.size(); ++position)
    if (const pt2::Argument &argument = node.inputs[position].value;
        argument.kind == Kind::Graph && argument.graph)
      return argument.graph.get();
  return nullptr;
}

// Adds what `graph` changes in place to `changed`, by the names of `roots`: what each of its names
// may be a view of.
static void addChanged(const pt2::Graph &graph, llvm::StringMap<std::string> &roots,
                       llvm::StringSet<> &changed) {
  auto rootIn = [](const llvm::StringMap<std::string> &names, StringRef name) {
    auto found = names.find(name);
    return found == names.end() ? name.str() : found->second;
  };
  for (const pt2::Node &node : graph.nodes) {
    size_t position;
    if (const pt2::Graph *inner = innerGraph(node, position)) {
      llvm::StringMap<std::string> innerRoots;
      auto operands = ArrayRef(node.inputs).drop_front(position + 1);
      for (auto [parameter, operand] : llvm::zip(inner->inputs, operands))
        innerRoots[parameter.text] = rootIn(roots, operand.value.text);
      addChanged(*inner, innerRoots, changed);
      for (auto [name, output] : llvm::zip(resultNames(node), inner->outputs))
        roots[name] = rootIn(innerRoots, output.text);
    }
    if (StringRef self = firstOperand(node); !self.empty() && isInPlace(node.target))
      changed.insert(rootIn(roots, self));
    for (const SharedResult &shared : sharedResults(node, graph))
      roots[shared.result] = rootIn(roots, shared.operand);
  }
}

llvm::StringSet<> buddy::changedInputs(const pt2::Graph &graph) {
  llvm::StringSet<> changed;
  llvm::StringMap<std::string> roots;
  addChanged(graph, roots, changed);
  return changed;
}

bool GraphImporter::importRegion(const pt2::Node &node, const pt2::Graph &graph, Scope &scope) {
  // The arguments before the graph: (enabled) and (device, dtype, enabled, cache_enabled).
  size_t position;
  if (node.target == "torch.ops.higher_order.wrap_with_set_grad_enabled")
    position = 1;
  else if (node.target == "torch.ops.higher_order.wrap_with_autocast")
    position = 4;
  else
    return false;
  if (node.inputs.size() <= position || node.inputs[position].value.kind != Kind::Graph)
    return false;
  // An enabled autocast changes dtypes inside without saying so in the graph.
  const pt2::Argument &enabled = node.inputs[position == 4 ? 2 : 0].value;
  if (enabled.kind != Kind::Bool || (position == 4 && enabled.integer))
    return false;

  const pt2::Graph &inner = *node.inputs[position].value.graph;
  auto operands = ArrayRef(node.inputs).drop_front(position + 1);
  SmallVector<StringRef> names = resultNames(node);
  if (operands.size() != inner.inputs.size() || names.size() != inner.outputs.size()) {
    invalid(node, "passes another number of values than its graph has");
    bindPlaceholders(node, graph, scope);
    return true;
  }
  auto lookup = [&](const pt2::Argument &argument, Scope &in) -> Value {
    auto found = in.find(argument.text);
    if (argument.kind == Kind::Tensor && found != in.end())
      return checkKnown(argument.text, node, in) ? found->second : Value();
    invalid(node, "uses '" + argument.text + "', which nothing before it computes");
    return {};
  };
  Scope &innerScope = innerScopes.emplace_back();
  for (auto [parameter, operand] : llvm::zip_equal(inner.inputs, operands))
    if (parameter.kind == Kind::Tensor) {
      innerScope[parameter.text] = lookup(operand.value, scope);
      if (operand.value.kind == Kind::Tensor)
        storages.share(innerScope, parameter.text, scope, operand.value.text);
    }
  importNodes(inner, innerScope);
  SmallVector<Value> values;
  for (const pt2::Argument &output : inner.outputs)
    values.push_back(output.kind == Kind::None ? Value() : lookup(output, innerScope));
  for (auto [name, value, output] : llvm::zip_equal(names, values, inner.outputs)) {
    if (!name.empty() && !scope.try_emplace(name, value).second)
      invalid(node, "computes '" + name + "' a second time");
    if (!name.empty() && output.kind == Kind::Tensor)
      storages.share(scope, name, innerScope, output.text);
  }
  return true;
}
