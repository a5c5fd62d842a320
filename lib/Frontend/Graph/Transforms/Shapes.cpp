// Questions about shapes and constants that several passes ask.
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"

using namespace mlir;

namespace buddy::graph {

std::optional<SmallVector<int64_t>> matchUnitDims(ArrayRef<Size> from, ArrayRef<Size> to) {
  SmallVector<int64_t> match;
  size_t a = 0;
  for (size_t b = 0; b < to.size();) {
    if (a < from.size() && from[a] == to[b]) {
      match.push_back(a++);
      ++b;
    } else if (to[b] == 1) {
      match.push_back(-1);
      ++b;
    } else if (a < from.size() && from[a] == 1) {
      ++a;
    } else {
      return std::nullopt;
    }
  }
  for (; a < from.size(); ++a)
    if (from[a] != 1)
      return std::nullopt;
  return match;
}

bool sameTrailing(ArrayRef<Size> a, ArrayRef<Size> b, size_t n) {
  return a.size() >= n && b.size() >= n && a.take_back(n) == b.take_back(n);
}

// The op on tensors without dimensions: of whatever shape its own are.
static std::optional<HostTensor> evaluateScalar(Operation *op, ArrayRef<HostTensor> operands) {
  OperationState state(op->getLoc(), op->getName());
  SmallVector<Value> values;
  Block block;
  for (const HostTensor &operand : operands)
    values.push_back(block.addArgument(RankedTensorType::get({}, operand.element), op->getLoc()));
  state.addOperands(values);
  state.addAttributes(op->getAttrs());
  state.addTypes(RankedTensorType::get({}, tensorType(op->getResult(0)).getElementType()));
  Operation *scalar = Operation::create(state);
  block.push_back(scalar);
  return evaluate(scalar, operands);
}

// The one value of all elements as a tensor without dimensions.
static std::optional<HostTensor> splatScalar(Value value, int &steps) {
  RankedTensorType type = tensorType(value);
  Operation *op = value.getDefiningOp();
  if (!op || !type || llvm::is_contained(sizesOf(type), Size(0)) || --steps < 0)
    return std::nullopt;
  std::optional<HostTensor> tensor;
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    // Only a splat attribute or a single element: nothing large is read.
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!dense || (!dense.isSplat() && dense.getNumElements() != 1))
      return std::nullopt;
    tensor = hostTensor(dense);
  } else if (isa<ExpandOp, ReshapeOp, PermuteOp, SliceOp>(op)) {
    return splatScalar(op->getOperand(0), steps);
  } else if (op->getNumOperands() > 0 &&
             (op->hasTrait<OpTrait::Elementwise>() ||
              isa<ConvertOp, AddOp, SubOp, MulOp, DivOp, FloorDivOp, PowOp, MaximumOp, MinimumOp>(
                  op))) {
    SmallVector<HostTensor> operands;
    for (Value operand : op->getOperands()) {
      std::optional<HostTensor> scalar = splatScalar(operand, steps);
      if (!scalar)
        return std::nullopt;
      operands.push_back(*scalar);
    }
    tensor = evaluateScalar(op, operands);
  }
  if (!tensor || !tensor->isSplat())
    return std::nullopt;
  tensor->shape.clear();
  tensor->strides.clear();
  return tensor;
}

std::optional<double> splatValue(Value value) {
  int steps = 32;
  std::optional<HostTensor> tensor = splatScalar(value, steps);
  if (!tensor)
    return std::nullopt;
  if (tensor->element.isF32() || isHalf(tensor->element))
    return *tensor->data<float>();
  if (tensor->element.isF64())
    return *tensor->data<double>();
  int64_t integer = tensor->element.isInteger(64)   ? *tensor->data<int64_t>()
                    : tensor->element.isInteger(32) ? *tensor->data<int32_t>()
                                                    : *tensor->data<uint8_t>();
  if (integer > (int64_t(1) << 53) || integer < -(int64_t(1) << 53))
    return std::nullopt;
  return double(integer);
}

Value reshapeTo(OpBuilder &builder, Location loc, Value value, ArrayRef<Size> sizes) {
  if (sizesOf(value) == sizes)
    return value;
  RankedTensorType type = tensorOf(sizes, tensorType(value).getElementType());
  return ReshapeOp::create(builder, loc, type, value, StringAttr());
}

Value expandTo(OpBuilder &builder, Location loc, Value value, ArrayRef<Size> sizes) {
  if (sizesOf(value) == sizes)
    return value;
  RankedTensorType type = tensorOf(sizes, tensorType(value).getElementType());
  return ExpandOp::create(builder, loc, type, value);
}

Value swapLastTwo(OpBuilder &builder, Location loc, Value value) {
  int64_t rank = tensorType(value).getRank();
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (auto permute = value.getDefiningOp<PermuteOp>()) {
    permutation.assign(permute.getPermutation().begin(), permute.getPermutation().end());
    value = permute.getInput();
  }
  std::swap(permutation[rank - 1], permutation[rank - 2]);
  if (llvm::is_sorted(permutation))
    return value;
  SmallVector<Size> sizes;
  for (int64_t from : permutation)
    sizes.push_back(sizesOf(value)[from]);
  return PermuteOp::create(builder, loc, tensorOf(sizes, tensorType(value).getElementType()), value,
                           permutation, StringAttr());
}

} // namespace buddy::graph
