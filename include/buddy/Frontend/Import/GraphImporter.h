// The nodes of an exported graph to graph ops.
#pragma once

#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Storages.h"
#include "buddy/Frontend/Import/UnsupportedReport.h"
#include "llvm/ADT/StringSet.h"
#include <deque>

namespace buddy {

class GraphImporter {
public:
  // The values nodes refer to by name. Null: a value that could not be imported, already reported.
  using Scope = Storages::Scope;

  using NamedTypes = std::vector<std::pair<std::string, mlir::Type>>;

  // With `valueNames` the values are numbered: the name and type of each go there, and its number,
  // from 1, is the column of the op that computes it.
  explicit GraphImporter(mlir::OpBuilder &builder, NamedTypes *valueNames = nullptr)
      : builder(builder), valueNames(valueNames) {}

  // Imports all nodes of `graph`, adding their results to `scope`. Goes on after a problem, so that
  // all are found: those that make the archive invalid are emitted at once, what is unsupported is
  // collected in `report`.
  void importNodes(const pt2::Graph &graph, Scope &scope);

  // Reports it if what `graph` returns as `name` is not known.
  void checkResult(llvm::StringRef name, const pt2::Graph &graph, Scope &scope);
  bool isKnown(llvm::StringRef name, const Scope &scope) const {
    return !storages.isStale(scope, name);
  }

  // After all nodes: removes the tensors without elements, which nothing uses.
  void finish();

  bool isClean() const { return !foundInvalid && report.empty(); }
  const UnsupportedReport &getReport() const { return report; }

private:
  void importNode(const pt2::Node &node, const pt2::Graph &graph, Scope &scope);
  // A region that runs as it stands (torch.no_grad, a disabled autocast): its nodes are imported in
  // place. False if it is not such a region.
  bool importRegion(const pt2::Node &node, const pt2::Graph &graph, Scope &scope);
  // Whether the node's operation, imported into `call`, works in place; then its result is written.
  bool importInPlace(const pt2::Node &node, OpCall &call, Scope &scope);
  // Remembers which results share memory with the operand they are a view of.
  void trackViews(const pt2::Node &node, const pt2::Graph &graph, Scope &scope);
  // Whether what `name` stands for is known; if not, that is reported for `node`, which needs it.
  bool checkKnown(llvm::StringRef name, const pt2::Node &node, Scope &scope);
  // If no result has an element, nothing is computed; false if one has.
  bool importEmpty(const pt2::Node &node, const pt2::Graph &graph, Scope &scope);
  // Gives what the operations behind `before` compute of tensors without elements its known value;
  // those of the results are exchanged in `results`. Sets a reason in `call` if one is not known.
  bool replaceOverNothing(OpCall &call, mlir::Operation *before);
  void numberValue(llvm::StringRef name, mlir::Value value);
  void bindResults(const pt2::Node &node, llvm::ArrayRef<mlir::Value> values,
                   const pt2::Graph &graph, Scope &scope);
  // Gives a node that failed results of its declared types, so that its users can be checked.
  void bindPlaceholders(const pt2::Node &node, const pt2::Graph &graph, Scope &scope);
  // A value of the type, or null for none. The module is thrown away when there is one.
  mlir::Value placeholder(mlir::RankedTensorType type);
  void invalid(const pt2::Node &node, const llvm::Twine &message);
  GraphBuilder builderAt(const pt2::Node &node);

  mlir::OpBuilder &builder;
  NamedTypes *valueNames;
  UnsupportedReport report;
  Storages storages;
  std::deque<Scope> innerScopes; // of regions: storages refers to them
  bool foundInvalid = false;
};

// The tensors of a program that operations change in place, directly or through views: names of the
// graph's inputs.
llvm::StringSet<> changedInputs(const pt2::Graph &graph);

// The name of a node's first operand; empty if that is no tensor.
llvm::StringRef firstOperand(const pt2::Node &node);

// The names of a node's results, in order.
llvm::SmallVector<llvm::StringRef> resultNames(const pt2::Node &node);

// The declared type of a value, or null if the compiler has no such element type.
mlir::RankedTensorType declaredType(mlir::MLIRContext *context, const pt2::TensorMeta &meta);

} // namespace buddy
