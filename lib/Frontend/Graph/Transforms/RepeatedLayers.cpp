// A repetition is a stretch of equal ops at equal distances whose operands agree as well.
#include "RepeatedLayers.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace buddy::graph;

namespace {

class Search {
public:
  Search(ArrayRef<Operation *> ops, llvm::function_ref<bool(Operation *)> isParameter,
         llvm::function_ref<bool(Value)> isState)
      : ops(ops), isParameter(isParameter), isState(isState) {
    llvm::DenseMap<Attribute, unsigned> ids;
    for (auto [i, op] : llvm::enumerate(ops)) {
      position[op] = i;
      kinds.push_back(ids.try_emplace(kindOf(op), ids.size()).first->second);
    }
  }

  std::optional<RepeatedLayers> best() const {
    std::optional<RepeatedLayers> found;
    // Short periods first: the one layer, not two of them.
    for (size_t period = 1; 2 * period <= ops.size(); ++period)
      for (size_t at = 0; at + 2 * period <= ops.size();) {
        size_t length = 0; // of the stretch in which every op is like the one a period later
        while (at + length + period < ops.size() &&
               kinds[at + length] == kinds[at + length + period])
          ++length;
        if (length >= period)
          consider(at, length + period, period, found);
        at += length + 1;
      }
    return found;
  }

private:
  // What two ops must have in common, as one attribute.
  static Attribute kindOf(Operation *op) {
    Builder b(op->getContext());
    SmallVector<Attribute> parts = {b.getStringAttr(op->getName().getStringRef()),
                                    op->getAttrDictionary()};
    for (Type type : op->getOperandTypes())
      parts.push_back(TypeAttr::get(type));
    for (Type type : op->getResultTypes())
      parts.push_back(TypeAttr::get(type));
    return b.getArrayAttr(parts);
  }

  // The layers in a stretch can begin at any of its first ops: where fewest values cross from one
  // to the next is where the model's layers begin.
  void consider(size_t begin, size_t length, size_t period,
                std::optional<RepeatedLayers> &found) const {
    size_t fewest = 0;
    std::optional<RepeatedLayers> chosen;
    for (size_t shift = 0; shift < period; ++shift) {
      RepeatedLayers layers{begin + shift, period, (length - shift) / period};
      if (layers.count < 2)
        break;
      layers = longestEqual(layers);
      size_t crossing = layers.count < 2 ? 0 : carried(layers);
      if (crossing == 0 || !holdsContraction(layers))
        continue;
      if (!chosen || crossing < fewest || (crossing == fewest && layers.count > chosen->count)) {
        chosen = layers;
        fewest = crossing;
      }
    }
    if (chosen && (!found || chosen->period * chosen->count > found->period * found->count))
      found = chosen;
  }

  // The longest part of `layers` whose instances' operands agree too.
  RepeatedLayers longestEqual(RepeatedLayers layers) const {
    RepeatedLayers longest{layers.first, layers.period, 1};
    for (size_t start = 0; start + longest.count < layers.count;) {
      RepeatedLayers part{layers.first + start * layers.period, layers.period, 1};
      while (start + part.count < layers.count && continues(part))
        ++part.count;
      if (part.count > longest.count)
        longest = part;
      start += part.count;
    }
    return longest;
  }

  // Whether the instance that follows `part` has the operands that its second one has (or could
  // have, if it is the second).
  bool continues(const RepeatedLayers &part) const {
    RepeatedLayers last{part.first + (part.count - 1) * part.period, part.period, 1};
    RepeatedLayers next{last.first + last.period, last.period, 1};
    for (size_t j = 0; j < part.period; ++j)
      for (auto [a, b] :
           llvm::zip_equal(last.op(ops, 0, j)->getOperands(), next.op(ops, 0, j)->getOperands()))
        if (!agree(a, last, b, next, part.count == 1))
          return false;
    return true;
  }

  // Position of the op that defines `value` relative to the instance's first; none if it is before.
  std::optional<int64_t> within(Value value, const RepeatedLayers &instance) const {
    auto found = position.find(value.getDefiningOp());
    if (!value.getDefiningOp() || found == position.end())
      return std::nullopt;
    return int64_t(found->second) - int64_t(instance.first);
  }

  // `a` in an instance and `b` at the same place in the next one.
  bool agree(Value a, const RepeatedLayers &ofA, Value b, const RepeatedLayers &ofB,
             bool aIsFirst) const {
    Operation *defA = a.getDefiningOp(), *defB = b.getDefiningOp();
    if (defA && defB && isParameter(defA) && isParameter(defB))
      return a.getType() == b.getType();
    // Each layer has a cache of its own.
    if (isState(a) && isState(b))
      return a.getType() == b.getType();
    if (auto constantA = llvm::dyn_cast_or_null<ConstantOp>(defA))
      if (auto constantB = llvm::dyn_cast_or_null<ConstantOp>(defB))
        return constantA.getValue() == constantB.getValue();
    std::optional<int64_t> atA = within(a, ofA), atB = within(b, ofB);
    auto resultOf = [](Value v) { return llvm::cast<OpResult>(v).getResultNumber(); };
    bool aInside = atA && *atA >= 0, bInside = atB && *atB >= 0;
    if (aInside || bInside)
      return aInside && bInside && *atA == *atB && resultOf(a) == resultOf(b);
    // Carried: from the instance before. The first one gets its own from anywhere.
    if (atB && *atB >= -int64_t(ofB.period))
      return aIsFirst ? a.getType() == b.getType() && !isFromConstantOrParameter(defA)
                      : atA && *atA == *atB && resultOf(a) == resultOf(b);
    return a == b;
  }

  bool isFromConstantOrParameter(Operation *op) const {
    return op && (isParameter(op) || llvm::isa<ConstantOp>(op));
  }

  // How many values each instance but the first takes from the one before.
  size_t carried(const RepeatedLayers &layers) const {
    llvm::DenseSet<Value> values;
    RepeatedLayers second{layers.first + layers.period, layers.period, 1};
    for (size_t j = 0; j < layers.period; ++j)
      for (Value operand : second.op(ops, 0, j)->getOperands())
        if (std::optional<int64_t> at = within(operand, second);
            at && *at < 0 && *at >= -int64_t(layers.period))
          values.insert(operand);
    return values.size();
  }

  bool holdsContraction(const RepeatedLayers &layers) const {
    for (size_t j = 0; j < layers.period; ++j)
      if (llvm::isa<LinearOp, MatmulOp, SdpaOp, AttentionOp>(layers.op(ops, 0, j)))
        return true;
    return false;
  }

  ArrayRef<Operation *> ops;
  llvm::function_ref<bool(Operation *)> isParameter;
  llvm::function_ref<bool(Value)> isState;
  SmallVector<unsigned> kinds;
  llvm::DenseMap<Operation *, size_t> position;
};

} // namespace

std::optional<RepeatedLayers>
buddy::graph::findRepeatedLayers(ArrayRef<Operation *> ops,
                                 llvm::function_ref<bool(Operation *)> isParameter,
                                 llvm::function_ref<bool(Value)> isState) {
  return Search(ops, isParameter, isState).best();
}
