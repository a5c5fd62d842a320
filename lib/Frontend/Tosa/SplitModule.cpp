// One module <-> forward and its subgraphs, by what each symbol refers to.
#include "buddy/Frontend/Tosa/SplitModule.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace buddy;

static StringAttr nameOf(Operation *op) {
  return op->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
}

static bool isDeclaration(Operation *op) {
  auto func = dyn_cast<FunctionOpInterface>(op);
  return func && func.isExternal();
}

static bool isSubgraph(Operation *op) {
  StringAttr attr = nameOf(op);
  StringRef name = attr ? attr.getValue() : "";
  return isa<FunctionOpInterface>(op) && name.consume_front("subgraph") && !name.empty() &&
         llvm::all_of(name, llvm::isDigit);
}

static ModuleOp emptyCopy(ModuleOp module) {
  auto copy = cast<ModuleOp>(module->cloneWithoutRegions());
  copy.getBodyRegion().emplaceBlock();
  return copy;
}

namespace {

// The symbols of a module's body and what they reach.
class Reach {
public:
  explicit Reach(ModuleOp module) {
    for (Operation &op : *module.getBody())
      if (StringAttr name = nameOf(&op))
        byName[name] = &op;
  }

  // `roots` and all they refer to. Another subgraph is reached, but not what it reaches.
  llvm::SetVector<Operation *> from(ArrayRef<Operation *> roots) const {
    llvm::SetVector<Operation *> reached(roots.begin(), roots.end());
    for (size_t i = 0; i < reached.size(); ++i) {
      Operation *op = reached[i];
      if (i >= roots.size() && isSubgraph(op))
        continue;
      op->walk([&](Operation *nested) {
        nested->getAttrDictionary().walk([&](SymbolRefAttr ref) {
          if (Operation *target = byName.lookup(ref.getRootReference()))
            reached.insert(target);
        });
      });
    }
    return reached;
  }

private:
  llvm::DenseMap<StringAttr, Operation *> byName;
};

} // namespace

// The part that holds `reached`, in the module's order; `self` is the subgraph it is of, or null.
static OwningOpRef<ModuleOp> makePart(ModuleOp module, const llvm::SetVector<Operation *> &reached,
                                      Operation *self) {
  ModuleOp part = emptyCopy(module);
  for (Operation &op : *module.getBody()) {
    if (!reached.contains(&op))
      continue;
    bool declare = isSubgraph(&op) && &op != self;
    Operation *copy = declare ? op.cloneWithoutRegions() : op.clone();
    part.getBody()->push_back(copy);
    if (declare)
      SymbolTable::setSymbolVisibility(copy, SymbolTable::Visibility::Private);
    else if (&op == self)
      SymbolTable::setSymbolVisibility(copy, SymbolTable::Visibility::Public);
  }
  return part;
}

std::vector<std::pair<std::string, OwningOpRef<ModuleOp>>>
buddy::splitForwardAndSubgraphs(ModuleOp module) {
  Reach reach(module);
  llvm::MapVector<Operation *, llvm::SetVector<Operation *>> subgraphs;
  llvm::SetVector<Operation *> ofSubgraphs;
  for (Operation &op : *module.getBody())
    if (isSubgraph(&op) && !isDeclaration(&op)) {
      auto &reached = subgraphs[&op] = reach.from({&op});
      ofSubgraphs.insert(reached.begin(), reached.end());
    }
  SmallVector<Operation *> rest;
  for (Operation &op : *module.getBody())
    if (!ofSubgraphs.contains(&op))
      rest.push_back(&op);

  std::vector<std::pair<std::string, OwningOpRef<ModuleOp>>> parts;
  parts.emplace_back("forward", makePart(module, reach.from(rest), nullptr));
  for (auto &[op, reached] : subgraphs)
    parts.emplace_back(nameOf(op).str(), makePart(module, reached, op));
  return parts;
}

// Adds `part`'s attributes to `result`; both have the same value where both have one.
static LogicalResult joinAttributes(ModuleOp result, ModuleOp part) {
  for (NamedAttribute attr : part->getAttrs()) {
    Attribute present = result->getAttr(attr.getName());
    if (present && present != attr.getValue())
      return part.emitError("the module attribute '")
             << attr.getName().getValue()
             << "' differs between the files; they are not parts of one module";
    if (!present)
      result->setAttr(attr.getName(), attr.getValue());
  }
  return success();
}

static bool isAlike(Operation *a, Operation *b) {
  return OperationEquivalence::isEquivalentTo(a, b, OperationEquivalence::IgnoreLocations);
}

// Files read one after the other get dense_resource keys of their own: equal bytes are equal here.
static bool isSameDefinition(Operation *a, Operation *b) {
  if (isAlike(a, b))
    return true;
  SmallVector<DenseResourceElementsAttr> known;
  a->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { known.push_back(attr); });
  });
  if (known.empty())
    return false;
  auto bytes = [](DenseResourceElementsAttr attr) {
    AsmResourceBlob *blob = attr.getRawHandle().getBlob();
    return blob ? blob->getData() : ArrayRef<char>();
  };
  AttrTypeReplacer toKnown;
  toKnown.addReplacement([&](DenseResourceElementsAttr attr) -> std::optional<Attribute> {
    for (DenseResourceElementsAttr one : known)
      if (one.getType() == attr.getType() && bytes(one) == bytes(attr))
        return one;
    return attr;
  });
  OwningOpRef<Operation *> copy = b->clone();
  toKnown.recursivelyReplaceElementsIn(*copy, /*replaceAttrs=*/true);
  return isAlike(a, *copy);
}

// `op` and `present` have one name. Leaves the definition, if there is one, in the result.
static FailureOr<Operation *> unify(Operation *present, Operation *op) {
  StringAttr name = nameOf(op);
  bool haveDefinition = !isDeclaration(present), isDefinition = !isDeclaration(op);
  if (haveDefinition && isDefinition) {
    if (isSameDefinition(present, op))
      return present;
    InFlightDiagnostic error = op->emitError("'")
                               << name.getValue() << "' is defined twice, and not alike";
    error.attachNote(present->getLoc()) << "the other definition";
    return error;
  }
  auto a = dyn_cast<FunctionOpInterface>(present), b = dyn_cast<FunctionOpInterface>(op);
  if (!a || !b || present->getName() != op->getName() ||
      a.getFunctionType() != b.getFunctionType()) {
    InFlightDiagnostic error = op->emitError("'")
                               << name.getValue() << "' does not have the type it has elsewhere";
    error.attachNote(present->getLoc()) << "the other declaration or definition";
    return error;
  }
  if (!haveDefinition && isDefinition) {
    Operation *copy = op->clone();
    present->getBlock()->getOperations().insert(present->getIterator(), copy);
    present->erase();
    present = copy;
  }
  // Declared in one part and defined in another: inside one module nobody else needs the name.
  if (haveDefinition != isDefinition)
    SymbolTable::setSymbolVisibility(present, SymbolTable::Visibility::Private);
  return present;
}

FailureOr<OwningOpRef<ModuleOp>> buddy::joinModules(ArrayRef<ModuleOp> parts) {
  if (parts.empty())
    return failure();
  OwningOpRef<ModuleOp> result = emptyCopy(parts.front());
  Block *body = result->getBody();
  llvm::DenseMap<StringAttr, Operation *> byName;
  for (ModuleOp part : parts) {
    if (failed(joinAttributes(*result, part)))
      return failure();
    for (Operation &op : *part.getBody()) {
      StringAttr name = nameOf(&op);
      auto found = name ? byName.find(name) : byName.end();
      if (found == byName.end()) {
        body->push_back(op.clone());
        if (name)
          byName[name] = &body->back();
        continue;
      }
      FailureOr<Operation *> one = unify(found->second, &op);
      if (failed(one))
        return failure();
      found->second = *one;
    }
  }
  for (Operation &op : *body)
    if (isSubgraph(&op) && isDeclaration(&op))
      return op.emitError("'") << nameOf(&op).getValue()
                               << "' is called but none of the files defines it";
  if (failed(verify(*result)))
    return failure();
  return result;
}
