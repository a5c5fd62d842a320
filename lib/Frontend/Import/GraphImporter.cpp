// Walks the nodes, calls the op table, and holds every result against what torch.export declared.
#include "buddy/Frontend/Import/GraphImporter.h"
#include "EmptyOperands.h"
#include "Halves.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/Locations.h"
#include "buddy/Frontend/Import/Sharing.h"
#include "buddy/Frontend/Import/Signature.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace buddy;
using Kind = pt2::Argument::Kind;

StringRef buddy::firstOperand(const pt2::Node &node) {
  bool isTensor = !node.inputs.empty() && node.inputs.front().value.kind == Kind::Tensor;
  return isTensor ? StringRef(node.inputs.front().value.text) : StringRef();
}

SmallVector<StringRef> buddy::resultNames(const pt2::Node &node) {
  SmallVector<StringRef> names;
  for (const pt2::Argument &output : node.outputs) {
    if (output.kind == Kind::Tensor)
      names.push_back(output.text);
    else if (output.kind == Kind::Tensors)
      llvm::append_range(names, output.tensors);
    else if (output.kind == Kind::None)
      names.push_back("");
  }
  return names;
}

RankedTensorType buddy::declaredType(MLIRContext *context, const pt2::TensorMeta &meta) {
  return makeTensorType(meta.sizes, elementTypeOfScalarType(context, meta.scalarType));
}

GraphBuilder GraphImporter::builderAt(const pt2::Node &node) {
  return GraphBuilder(builder, locationOf(builder.getContext(), node));
}

void GraphImporter::invalid(const pt2::Node &node, const llvm::Twine &message) {
  foundInvalid = true;
  emitError(locationOf(builder.getContext(), node))
      << "node '" << node.name << "' (" << node.target << ") " << message.str()
      << "; the archive is damaged, export the model again";
}

// What to do about an operation that is not in the table.
static std::string adviceFor(StringRef target) {
  StringRef name = target;
  name.consume_front("torch.ops.");
  StringRef base = name.split('.').second.split('.').first;
  if (isInPlace(target))
    return "it changes a tensor in place; use the form without the underscore, or call "
           "`exported = exported.run_decompositions({})` before torch.export.save";
  if (target.starts_with("torch.ops.higher_order.wrap_with_autocast"))
    return "export without torch.autocast; computation is in float32";
  if (target.starts_with("torch.ops.higher_order."))
    return "control flow and nested graphs are not supported; take it out of the exported model";
  for (StringRef random : {"rand", "bernoulli", "normal", "multinomial"})
    if (base.starts_with(random))
      return "random numbers are not supported; pass them to the model as an input";
  for (StringRef counted : {"nonzero", "masked_select", "unique", "_unique", "repeat_interleave",
                            "bincount", "argwhere"})
    if (base.starts_with(counted))
      return adviceForSize("u0");
  if (!target.starts_with("torch.ops.aten."))
    return "only operations of PyTorch itself are supported; write it with those";
  return "rewrite these lines with supported operations, or try "
         "`exported = exported.run_decompositions()` before torch.export.save, which takes many "
         "operations apart into simpler ones";
}

// Operations in place that change no element, but the shape or the strides.
static bool changesShapeInPlace(StringRef target) {
  if (!isInPlace(target))
    return false;
  target.consume_front("torch.ops.aten.");
  return llvm::is_contained({"t_", "transpose_", "swapaxes_", "swapdims_", "squeeze_", "unsqueeze_",
                             "as_strided_", "resize_", "resize_as_", "set_"},
                            target.split('.').first);
}

void GraphImporter::importNodes(const pt2::Graph &graph, Scope &scope) {
  for (const pt2::Node &node : graph.nodes)
    importNode(node, graph, scope);
}

bool GraphImporter::checkKnown(StringRef name, const pt2::Node &node, Scope &scope) {
  if (!storages.isStale(scope, name))
    return true;
  report.add(node.target,
             "'" + name.str() +
                 "' is needed after a tensor was changed in place of which it is a view or a copy: "
                 "which of them, depends on a dynamic size or on how that tensor lies in memory",
             "make it a copy with .clone(), or change the tensor before it is made", node);
  return false;
}

void GraphImporter::checkResult(StringRef name, const pt2::Graph &graph, Scope &scope) {
  for (const pt2::Node &node : graph.nodes)
    if (llvm::is_contained(resultNames(node), name))
      (void)checkKnown(name, node, scope);
}

void GraphImporter::importNode(const pt2::Node &node, const pt2::Graph &graph, Scope &scope) {
  if (node.isOnSizes)
    return; // whoever uses the number has it already
  if (importRegion(node, graph, scope) || importEmpty(node, graph, scope))
    return;
  const OpEntry *entry = lookupOp(node.target);
  if (!entry) {
    report.add(node.target, "this operation is not supported", adviceFor(node.target), node);
    return bindPlaceholders(node, graph, scope);
  }
  if (changesShapeInPlace(node.target)) {
    report.add(node.target, "it changes the shape of a tensor that others may hold",
               "use the form without the underscore, which gives a new view", node);
    return bindPlaceholders(node, graph, scope);
  }

  Type numbers = typeOfNumbers(node, *entry, scope);
  std::optional<pt2::Node> rounded;
  if (numbers)
    rounded = withNumbersRounded(node, numbers);

  // Operands that could not be imported have been reported; what depends on them cannot be judged.
  bool poisoned = false;
  auto resolve = [&](StringRef name) -> Value {
    auto found = scope.find(name);
    if (found == scope.end()) {
      invalid(node, "uses '" + name + "', which nothing before it computes");
      poisoned = true;
      return {};
    }
    if (!checkKnown(name, node, scope)) {
      poisoned = true;
      return {};
    }
    poisoned |= !found->second;
    // What computes does so in float (bindResults rounds); what moves elements leaves them as they
    // are, a view of them too.
    Value value = found->second;
    if (!value || movesElements(*entry))
      return value;
    GraphBuilder b = builderAt(node);
    if (numbers && sizesOf(value).empty() && elementTypeOf(value).isF32())
      value = b.convert(value, numbers);
    return graph::isHalf(elementTypeOf(value)) ? b.convert(value, b.f32()) : value;
  };
  OpCall call(builderAt(node));
  Block &block = *builder.getInsertionBlock();
  Operation *before = block.empty() ? nullptr : &block.back();
  if (succeeded(call.bind(*entry, rounded ? *rounded : node, resolve)) &&
      succeeded(entry->import(call)) && replaceOverNothing(call, before) &&
      (!isInPlace(node.target) || importInPlace(node, call, scope))) {
    bindResults(node, call.results, graph, scope);
    return trackViews(node, graph, scope);
  }
  if (call.isInvalid)
    invalid(node, "is not a valid call: " + call.reason);
  else if (!call.reason.empty())
    report.add(node.target, call.reason, call.advice, node);
  else if (!poisoned)
    invalid(node, "cannot be read");
  bindPlaceholders(node, graph, scope);
}

bool GraphImporter::importEmpty(const pt2::Node &node, const pt2::Graph &graph, Scope &scope) {
  SmallVector<std::pair<StringRef, RankedTensorType>> empty;
  for (StringRef name : resultNames(node)) {
    auto meta = graph.tensorValues.find(name);
    if (meta == graph.tensorValues.end() || !meta->second.unreadable.empty())
      return false;
    RankedTensorType type = declaredType(builder.getContext(), meta->second);
    if (!type || hasElements(type))
      return false;
    empty.push_back({name, type});
  }
  GraphBuilder b = builderAt(node);
  for (auto [name, type] : empty)
    if (!scope.try_emplace(name, emptyTensor(b, type)).second)
      invalid(node, "computes '" + name + "' a second time");
  return !empty.empty();
}

bool GraphImporter::replaceOverNothing(OpCall &call, Operation *before) {
  Block &block = *builder.getInsertionBlock();
  for (auto op = before ? std::next(before->getIterator()) : block.begin(); op != block.end();) {
    Operation *made = &*op++;
    if (made->getNumResults() != 1 || !hasElements(made->getResult(0)) ||
        llvm::all_of(made->getOperands(), [](Value value) { return hasElements(value); }))
      continue;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(made);
    Value value = valueOverNothing(call.b, made);
    if (!value) {
      call.reason = "it computes something of tensors that have no elements";
      call.advice = "leave out what works on empty tensors";
      return false;
    }
    llvm::replace(call.results, Value(made->getResult(0)), value);
    made->replaceAllUsesWith(ValueRange(value));
    made->erase();
  }
  return true;
}

bool GraphImporter::importInPlace(const pt2::Node &node, OpCall &call, Scope &scope) {
  StringRef self = firstOperand(node);
  Value old = self.empty() ? Value() : scope.lookup(self);
  if (!old || call.results.size() != 1) {
    call.reason = "it changes in place what is not one tensor";
    return false;
  }
  Value value = call.b.convert(call.results.front(), elementTypeOf(old));
  if (!value || value.getType() != old.getType()) {
    call.isInvalid = true;
    call.reason = "the result does not have the shape of the tensor that it changes";
    return false;
  }
  if (succeeded(storages.write(builder, call.b.loc, scope, self, value))) {
    call.results = {scope.lookup(self)};
    return true;
  }
  call.reason = "it changes a tensor in place whose elements lie in the memory of another one in a "
                "way that is not known";
  call.advice = "use the form without the underscore, or change a copy (.clone())";
  return false;
}

void GraphImporter::trackViews(const pt2::Node &node, const pt2::Graph &graph, Scope &scope) {
  for (const SharedResult &shared : sharedResults(node, graph)) {
    Value value = scope.lookup(shared.result), operand = scope.lookup(shared.operand);
    if (value && operand && hasElements(value)) // nothing of what has none can be changed
      storages.share(scope, shared.result, scope, shared.operand,
                     shared.sharing == Sharing::View && Storages::isView(value, operand));
  }
}

// The location with that column; none if it is no line, or has a column already.
static std::optional<Location> withColumn(Location location, unsigned column) {
  if (auto named = dyn_cast<NameLoc>(location)) {
    std::optional<Location> inner = withColumn(named.getChildLoc(), column);
    return inner ? std::optional<Location>(NameLoc::get(named.getName(), *inner)) : std::nullopt;
  }
  auto line = dyn_cast<FileLineColLoc>(location);
  if (!line || line.getColumn())
    return std::nullopt;
  return FileLineColLoc::get(line.getFilename(), line.getLine(), column);
}

void GraphImporter::numberValue(StringRef name, Value value) {
  Operation *op = value ? value.getDefiningOp() : nullptr;
  if (!valueNames || !op)
    return;
  // An op that a value before this one has named keeps that name: this one is the same.
  if (std::optional<Location> numbered = withColumn(op->getLoc(), valueNames->size() + 1)) {
    Location plain = op->getLoc();
    valueNames->emplace_back(name.str(), value.getType());
    op->setLoc(*numbered);
    // A sum without its dimension is a reshape of the sum: that one has the number as well.
    while (isa<graph::ReshapeOp>(op) && (op = op->getOperand(0).getDefiningOp()) &&
           op->getLoc() == plain)
      op->setLoc(*numbered);
  }
}

void GraphImporter::bindResults(const pt2::Node &node, ArrayRef<Value> values,
                                const pt2::Graph &graph, Scope &scope) {
  SmallVector<StringRef> names = resultNames(node);
  if (names.size() != values.size()) {
    invalid(node, "has " + llvm::Twine(values.size()) + " results, the archive declares " +
                      llvm::Twine(names.size()));
    return bindPlaceholders(node, graph, scope);
  }
  for (auto [name, computed] : llvm::zip_equal(names, values)) {
    Value value = computed;
    auto meta = graph.tensorValues.find(name);
    if (meta == graph.tensorValues.end()) {
      invalid(node, "computes '" + name + "', whose shape the archive does not declare");
      continue;
    }
    if (!meta->second.unreadable.empty()) {
      report.add(node.target, "its result has the size " + meta->second.unreadable,
                 adviceForSize(meta->second.unreadable), node);
      scope.try_emplace(name, Value());
      continue;
    }
    RankedTensorType declared = declaredType(builder.getContext(), meta->second);
    if (declared && graph::isHalf(declared.getElementType()) && elementTypeOf(value).isF32())
      value = builderAt(node).convert(value, declared.getElementType());
    if (declared != value.getType()) {
      // Either side can be wrong, and going on would be a wrong number.
      foundInvalid = true;
      std::string sizes;
      for (Size size : meta->second.sizes)
        sizes += sizeText(size, symbolsAround(builder.getInsertionBlock()->getParentOp())) + "x";
      emitError(locationOf(builder.getContext(), node))
          << "node '" << node.name << "' (" << node.target << ") computes " << value.getType()
          << ", but the archive declares tensor<" << sizes
          << pt2::scalarTypeName(meta->second.scalarType)
          << ">: a bug of this compiler, or a damaged archive";
      value = placeholder(declared);
    } else if (!hasElements(value)) {
      GraphBuilder b = builderAt(node);
      value = emptyTensor(b, declared);
    }
    if (!scope.try_emplace(name, value).second)
      invalid(node, "computes '" + name + "' a second time");
    numberValue(name, value);
  }
}

void GraphImporter::finish() {
  if (!isClean())
    return;
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*builder.getInsertionBlock())))
    if (op.use_empty() && op.getNumResults() == 1 && !hasElements(op.getResult(0)))
      op.erase();
}

Value GraphImporter::placeholder(RankedTensorType type) {
  if (!type)
    return {};
  return UnrealizedConversionCastOp::create(builder, builder.getUnknownLoc(), TypeRange(type),
                                            ValueRange())
      .getResult(0);
}

void GraphImporter::bindPlaceholders(const pt2::Node &node, const pt2::Graph &graph, Scope &scope) {
  for (StringRef name : resultNames(node)) {
    auto meta = graph.tensorValues.find(name);
    RankedTensorType type = meta == graph.tensorValues.end() || !meta->second.unreadable.empty()
                                ? RankedTensorType()
                                : declaredType(builder.getContext(), meta->second);
    scope.try_emplace(name, placeholder(type));
  }
}
