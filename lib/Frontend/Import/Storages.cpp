// Changes in place as new values.
#include "buddy/Frontend/Import/Storages.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace buddy;

static Operation *viewOp(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<graph::ReshapeOp, graph::PermuteOp, graph::SliceOp, graph::ExpandOp>(op)
             ? op
             : nullptr;
}

bool Storages::isView(Value value, Value of) {
  while (value != of) {
    Operation *op = viewOp(value);
    if (!op)
      return false;
    value = op->getOperand(0);
  }
  return true;
}

size_t Storages::storageOf(Scope &scope, StringRef name) {
  auto [place, isNew] = places.try_emplace({&scope, name.str()}, storages.size(), 0);
  if (isNew)
    storages.push_back({{{&scope, name.str()}}, {}});
  return place->second.first;
}

void Storages::share(Scope &scope, StringRef name, Scope &ofScope, StringRef of, bool isCertain) {
  size_t storage = storageOf(ofScope, of);
  if (!isCertain) {
    size_t own = storageOf(scope, name);
    storages[own].perhaps.push_back(storage);
    storages[storage].perhaps.push_back(own);
    return;
  }
  std::vector<Member> &members = storages[storage].members;
  bool isStale = members[places[{&ofScope, of.str()}].second].isStale;
  if (places.try_emplace({&scope, name.str()}, storage, members.size()).second)
    members.push_back({&scope, name.str(), isStale});
}

bool Storages::isStale(const Scope &scope, StringRef name) const {
  auto place = places.find({&scope, name.str()});
  return place != places.end() &&
         storages[place->second.first].members[place->second.second].isStale;
}

// Where the elements of a slice that has some lie, as indices.
static Value placesOf(OpBuilder &b, Location loc, graph::SliceOp slice) {
  Size first = slice.getStart(), last = slice.getEnd();
  int64_t step = slice.getStep();
  if (isOpen({first, last})) { // how many of them there are, each run chooses
    RankedTensorType type = tensorOf(ceilDiv(last - first, step), b.getI64Type());
    return graph::ArangeOp::create(b, loc, type, sizeAttr(b.getContext(), first),
                                   b.getI64IntegerAttr(step));
  }
  SmallVector<int64_t> index;
  for (int64_t i = first.getNumber(); i < last.getNumber(); i += step)
    index.push_back(i);
  auto type = RankedTensorType::get({int64_t(index.size())}, b.getI64Type());
  return graph::ConstantOp::create(b, loc, type, DenseIntElementsAttr::get(type, index));
}

// The value of `whole` after its view `view` has become `value`; null if that cannot be said.
static Value writeThrough(OpBuilder &b, Location loc, Value whole, Value view, Value value) {
  while (view != whole) {
    Operation *op = viewOp(view);
    if (!op || isa<graph::ExpandOp>(op))
      return {};
    view = op->getOperand(0);
    auto type = cast<RankedTensorType>(view.getType());
    if (auto slice = dyn_cast<graph::SliceOp>(op)) {
      if (slice.getStart() == slice.getEnd()) {
        value = view;
        continue;
      }
      Value places = placesOf(b, loc, slice);
      value = graph::IndexCopyOp::create(b, loc, type, view, places, value, slice.getDim(),
                                         /*wrap=*/false, StringAttr());
    } else if (auto permute = dyn_cast<graph::PermuteOp>(op)) {
      SmallVector<int64_t> inverse(permute.getPermutation().size());
      for (auto [i, dim] : llvm::enumerate(permute.getPermutation()))
        inverse[dim] = i;
      value = graph::PermuteOp::create(b, loc, type, value, inverse, StringAttr());
    } else {
      value = graph::ReshapeOp::create(b, loc, type, value, StringAttr());
    }
  }
  return value;
}

// `view`, a view of `whole`, as a view of `changed`; null if it is none.
static Value viewOf(OpBuilder &b, Value view, Value whole, Value changed, IRMapping &made) {
  if (view == whole)
    return changed;
  if (Value known = made.lookupOrNull(view))
    return known;
  Operation *op = view ? viewOp(view) : nullptr;
  Value input = op ? viewOf(b, op->getOperand(0), whole, changed, made) : Value();
  if (!input)
    return {};
  IRMapping operand;
  operand.map(op->getOperand(0), input);
  made.map(view, b.clone(*op, operand)->getResult(0));
  return made.lookup(view);
}

LogicalResult Storages::write(OpBuilder &b, Location loc, Scope &scope, StringRef name,
                              Value value) {
  size_t storage = storageOf(scope, name);
  std::vector<Member> &members = storages[storage].members;
  Value whole = members.front().scope->lookup(members.front().name);
  if (!whole || isStale(scope, name))
    return failure();
  Value changed = writeThrough(b, loc, whole, scope.lookup(name), value);
  if (!changed)
    return failure();
  // All are views of the whole again, `name` too: the next change finds the way through them.
  IRMapping made;
  for (Member &member : members) {
    Value &now = (*member.scope)[member.name];
    Value view = now ? viewOf(b, now, whole, changed, made) : Value();
    member.isStale |= !view;
    if (view)
      now = view;
  }
  llvm::SmallSetVector<size_t, 4> perhaps;
  perhaps.insert(storage);
  for (size_t i = 0; i < perhaps.size(); ++i) {
    size_t other = perhaps[i];
    perhaps.insert_range(storages[other].perhaps);
    if (other != storage)
      for (Member &member : storages[other].members)
        member.isStale = true;
  }
  return success();
}
