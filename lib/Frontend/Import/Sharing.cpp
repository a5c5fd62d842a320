// ATen's views, and its operations that copy only at times.
#include "buddy/Frontend/Import/Sharing.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/GraphImporter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace llvm;
using namespace buddy;
using Kind = pt2::Argument::Kind;
using pt2::TensorMeta;

// What of torch.memory_format an archive's numbers say.
static constexpr int64_t kContiguous = 1, kChannelsLast = 2, kChannelsLast3d = 3, kPreserve = 4;

static bool hasNoElements(const TensorMeta &meta) {
  return llvm::is_contained(meta.sizes, Size(0));
}

// What a rule of strides says of a tensor that does not follow it. It does at open sizes of 1,
// whose strides do not count.
static Sharing copyOf(const TensorMeta &meta) {
  return isOpen(meta.sizes) ? Sharing::Unknown : Sharing::None;
}

// Whether the elements lie without gaps in the order of these dimensions, the last one innermost.
static Sharing liesInOrder(const TensorMeta &meta, ArrayRef<int64_t> order) {
  Size expected = 1;
  for (int64_t dim : llvm::reverse(order)) {
    if (!expected.isKnown())
      return Sharing::Unknown;
    if (meta.sizes[dim] != 1 && meta.strides[dim] != expected)
      return copyOf(meta);
    expected *= meta.sizes[dim];
  }
  return Sharing::View;
}

// contiguous(): the tensor itself if it lies as it shall.
static Sharing ofContiguous(const TensorMeta &meta, int64_t format) {
  int64_t rank = meta.sizes.size();
  if (hasNoElements(meta))
    return Sharing::View;
  SmallVector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  if (format == kChannelsLast || format == kChannelsLast3d) {
    if (rank != (format == kChannelsLast ? 4 : 5))
      return Sharing::Unknown;
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  } else if (format != kContiguous) {
    return Sharing::Unknown;
  }
  return liesInOrder(meta, order);
}

// reshape(): a view if the strides allow it. Runs of dimensions that lie without gaps are taken
// from the back, and sizes of the new shape that fill each of them.
static Sharing ofReshape(const TensorMeta &meta, ArrayRef<Size> shape) {
  if (hasNoElements(meta) || meta.sizes.empty())
    return Sharing::View;
  size_t next = shape.size(); // dimensions of the new shape that are left
  Size step = meta.strides.back(), elements = 1;
  for (size_t dim = meta.sizes.size(); dim-- > 0;) {
    elements *= meta.sizes[dim];
    Size reach = elements * step;
    if (!reach.isKnown())
      return Sharing::Unknown;
    if (dim > 0 && (meta.sizes[dim - 1] == 1 || meta.strides[dim - 1] == reach))
      continue;
    Size filled = 1;
    while (next > 0 && filled.isKnown() &&
           (!divideExactly(filled, elements) || shape[next - 1] == 1))
      filled *= shape[--next];
    if (!filled.isKnown())
      return Sharing::Unknown;
    if (filled != elements)
      return copyOf(meta);
    if (dim > 0) {
      step = meta.strides[dim - 1];
      elements = 1;
    }
  }
  return next == 0 ? Sharing::View : copyOf(meta);
}

static const pt2::Argument *findArgument(const pt2::Node &node, StringRef name) {
  for (const pt2::NamedArgument &input : node.inputs)
    if (input.name == name)
      return &input.value;
  return nullptr;
}

// to() and its like: the tensor itself if it is already what it shall be.
static Sharing ofConversion(const pt2::Node &node, const TensorMeta &operand,
                            const TensorMeta &result) {
  const pt2::Argument *copy = findArgument(node, "copy");
  bool isCopy = copy && copy->kind == Kind::Bool && copy->integer;
  if (isCopy || operand.scalarType != result.scalarType)
    return Sharing::None;
  const pt2::Argument *format = findArgument(node, "memory_format");
  bool isKept = !format || format->kind == Kind::None || format->integer == kPreserve;
  // Below four dimensions no other layout is ever suggested than the plain one.
  bool isPlain = !isKept && format->integer == kContiguous && operand.sizes.size() < 4;
  return isKept || isPlain ? Sharing::View : Sharing::Unknown;
}

// Of the operation of that name, whose result and first operand these are.
static Sharing sharingOf(StringRef name, const pt2::Node &node, const TensorMeta &operand,
                         const TensorMeta &result) {
  if (name == "reshape" || name == "reshape_as" || name == "flatten")
    return operand.hasStrides ? ofReshape(operand, result.sizes) : Sharing::Unknown;
  if (name == "contiguous") {
    const pt2::Argument *format = findArgument(node, "memory_format");
    int64_t wanted = format && format->kind != Kind::None ? format->integer : kContiguous;
    return operand.hasStrides ? ofContiguous(operand, wanted) : Sharing::Unknown;
  }
  if (name == "to" || name == "type_as")
    return ofConversion(node, operand, result);
  return Sharing::View;
}

SmallVector<SharedResult> buddy::sharedResults(const pt2::Node &node, const pt2::Graph &graph) {
  SmallVector<SharedResult> shared;
  const OpEntry *entry = lookupOp(node.target);
  if (!entry)
    return shared;
  StringRef name = entry->target.split('.').first;
  SmallVector<StringRef> results = resultNames(node);
  // Each result is a view of the tensor in its place.
  if (name == "meshgrid" && !node.inputs.empty()) {
    for (auto [result, operand] : llvm::zip(results, node.inputs.front().value.tensors))
      shared.push_back({result, operand, Sharing::View});
    return shared;
  }
  StringRef self = firstOperand(node);
  bool inPlace = isInPlace(node.target);
  if (self.empty() || !(inPlace || canBeView(*entry)))
    return shared;
  auto operand = graph.tensorValues.find(self);
  for (StringRef result : results) {
    auto meta = graph.tensorValues.find(result);
    if (operand == graph.tensorValues.end() || meta == graph.tensorValues.end())
      continue; // a damaged archive, which is reported elsewhere
    Sharing sharing =
        inPlace ? Sharing::View : sharingOf(name, node, operand->second, meta->second);
    if (sharing != Sharing::None)
      shared.push_back({result, self, sharing});
  }
  return shared;
}
