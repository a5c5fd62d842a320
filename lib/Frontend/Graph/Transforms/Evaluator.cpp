// Host tensors, and the choice of the family that evaluates an op.
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace buddy::graph {

// Values up to here are easier to read in place than behind a name.
static constexpr int64_t kLargestInline = 64;

int64_t hostBytes(Type element) {
  int64_t bytes = 0;
  dispatchElement(element, [&](auto zero) { bytes = sizeof(zero); });
  return bytes;
}

static SmallVector<int64_t> contiguousStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = shape[d] == 1 ? 0 : stride;
    stride *= shape[d];
  }
  return strides;
}

bool HostTensor::isSplat() const {
  return llvm::all_of(strides, [](int64_t stride) { return stride == 0; });
}

SmallVector<int64_t> HostTensor::storedShape() const {
  SmallVector<int64_t> stored(shape);
  for (size_t d = 0; d < shape.size(); ++d)
    if (strides[d] == 0 && shape[d] != 0)
      stored[d] = 1;
  return stored;
}

// Of f16 and bf16, as an attribute holds them: two bytes each.
static void fromHalves(Type element, ArrayRef<char> raw, float *to) {
  const llvm::fltSemantics &semantics = cast<FloatType>(element).getFloatSemantics();
  for (size_t i = 0; i < raw.size() / 2; ++i) {
    uint16_t bits;
    std::memcpy(&bits, raw.data() + 2 * i, 2);
    to[i] = APFloat(semantics, APInt(16, bits)).convertToFloat();
  }
}

float roundedTo(Type element, float value) {
  APFloat number(value);
  bool isInexact;
  number.convert(cast<FloatType>(element).getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &isInexact);
  return number.convertToFloat();
}

HostTensor allocateHost(Type element, ArrayRef<int64_t> shape, char *&data) {
  HostTensor tensor;
  tensor.element = element;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.strides = contiguousStrides(shape);
  size_t bytes = hostBytes(element);
  for (int64_t size : shape)
    bytes *= size;
  std::shared_ptr<char> owner(static_cast<char *>(llvm::allocate_buffer(bytes, 64)),
                              [bytes](char *p) { llvm::deallocate_buffer(p, bytes, 64); });
  data = owner.get();
  tensor.bytes = std::move(owner);
  return tensor;
}

std::optional<HostTensor> hostTensor(ElementsAttr value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || !hostBytes(type.getElementType()))
    return std::nullopt;
  Type element = type.getElementType();
  size_t bytes = hostBytes(element);
  char *data = nullptr;
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    bool splat = dense.isSplat() && type.getNumElements() > 0;
    HostTensor tensor = allocateHost(element, splat ? ArrayRef<int64_t>() : type.getShape(), data);
    if (element.isInteger(1)) { // packed or not is the attribute's own business
      for (bool bit : dense.getValues<bool>()) {
        *data++ = bit;
        if (splat)
          break;
      }
    } else {
      ArrayRef<char> raw = dense.getRawData();
      size_t count = splat ? 1 : type.getNumElements();
      if (isHalf(element) ? raw.size() < 2 * count : raw.size() < bytes * count)
        return std::nullopt;
      if (isHalf(element))
        fromHalves(element, raw.take_front(2 * count), reinterpret_cast<float *>(data));
      else
        std::memcpy(data, raw.data(), bytes * count);
    }
    return broadcastHost(tensor, type.getShape());
  }
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != (isHalf(element) ? 2 : bytes) * type.getNumElements())
      return std::nullopt;
    HostTensor tensor = allocateHost(element, type.getShape(), data);
    if (isHalf(element))
      fromHalves(element, blob->getData(), reinterpret_cast<float *>(data));
    else
      std::memcpy(data, blob->getData().data(), blob->getData().size());
    return tensor;
  }
  return std::nullopt;
}

HostTensor broadcastHost(const HostTensor &tensor, ArrayRef<int64_t> shape) {
  HostTensor out = tensor;
  out.shape.assign(shape.begin(), shape.end());
  out.strides.assign(shape.size(), 0);
  for (size_t d = 0; d < tensor.shape.size(); ++d)
    if (tensor.shape[d] != 1)
      out.strides[shape.size() - tensor.shape.size() + d] = tensor.strides[d];
  return out;
}

HostTensor compactHost(const HostTensor &tensor) {
  SmallVector<int64_t> stored = tensor.storedShape();
  char *bytes = nullptr;
  HostTensor out = allocateHost(tensor.element, stored, bytes);
  dispatchElement(tensor.element, [&](auto zero) {
    using T = decltype(zero);
    T *to = reinterpret_cast<T *>(bytes);
    const T *from = tensor.data<T>();
    forEachRow<1>(stored, {ArrayRef<int64_t>(tensor.strides)},
                  [&](auto offsets, int64_t count, auto inner) {
                    for (int64_t i = 0; i < count; ++i)
                      *to++ = from[offsets[0] + i * inner[0]];
                  });
  });
  return out;
}

HostTensor collapseSplat(const HostTensor &tensor) {
  HostTensor compact = compactHost(tensor);
  int64_t count = compact.type().getNumElements(), size = hostBytes(compact.element);
  const char *first = compact.bytes.get();
  for (int64_t i = 1; i < count; ++i)
    if (std::memcmp(first, first + i * size, size) != 0)
      return tensor;
  if (count > 0) {
    compact.shape = tensor.shape;
    compact.strides.assign(tensor.shape.size(), 0);
  }
  return compact;
}

ElementsAttr hostAttribute(const HostTensor &tensor, StringRef name) {
  HostTensor compact = compactHost(tensor);
  RankedTensorType type = compact.type();
  int64_t count = type.getNumElements();
  if (tensor.element.isInteger(1)) {
    SmallVector<bool> bits(compact.data<uint8_t>(), compact.data<uint8_t>() + count);
    return DenseElementsAttr::get(type, bits);
  }
  ArrayRef<char> raw(compact.data<char>(), count * hostBytes(tensor.element));
  std::vector<uint16_t> halves;
  if (isHalf(tensor.element)) {
    for (float value : ArrayRef(compact.data<float>(), count)) {
      APFloat number(value); // roundedTo has rounded it
      bool isInexact;
      number.convert(cast<FloatType>(tensor.element).getFloatSemantics(),
                     APFloat::rmNearestTiesToEven, &isInexact);
      halves.push_back(number.bitcastToAPInt().getZExtValue());
    }
    raw = ArrayRef(reinterpret_cast<const char *>(halves.data()), 2 * halves.size());
  }
  if (count <= kLargestInline)
    return DenseElementsAttr::getFromRawBuffer(type, raw);
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyWithAlign(raw, 64, /*dataIsMutable=*/false));
}

static bool isFloatOnly(Operation *op) {
  return isa<ExpOp, LogOp, SqrtOp, RsqrtOp, ReciprocalOp, CosOp, SinOp, TanhOp, ErfOp, FloorOp,
             SigmoidOp, DivOp, PowOp, SoftmaxOp, MeanOp>(op);
}

// Whether a number of the operation (where it starts, which diagonal) is a size that a run chooses.
static bool hasOpenNumber(Operation *op) {
  if (auto arange = dyn_cast<ArangeOp>(op))
    return startOf(arange).isOpen();
  if (auto tril = dyn_cast<TrilOp>(op))
    return tril.getDiagonal().isOpen();
  if (auto triu = dyn_cast<TriuOp>(op))
    return triu.getDiagonal().isOpen();
  auto slice = dyn_cast<SliceOp>(op);
  return slice && isOpen({slice.getStart(), slice.getEnd()});
}

bool canEvaluate(Operation *op) {
  if (op->getNumResults() != 1 || hasOpenNumber(op))
    return false;
  for (Type type : llvm::concat<const Type>(SmallVector<Type>(op->getOperandTypes()),
                                            SmallVector<Type>(op->getResultTypes()))) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || isOpen(tensor) || !hostBytes(tensor.getElementType()))
      return false;
  }
  Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  // Graph_FloatTensor says so already; sizes and signs below rely on it.
  if (isFloatOnly(op))
    return isa<FloatType>(element);
  if (isa<NegOp, AbsOp, SubOp, SumOp, CumsumOp>(op)) // PyTorch has none of these on booleans
    return !element.isInteger(1);
  return isa<ArangeOp, LogicalNotOp, ConvertOp, AddOp, MulOp, FloorDivOp, MaximumOp, MinimumOp,
             LogicalAndOp, LogicalOrOp, LogicalXorOp, EqOp, NeOp, LtOp, LeOp, GtOp, GeOp, WhereOp,
             ReshapeOp, PermuteOp, ExpandOp, SliceOp, CatOp, GatherOp, IndexCopyOp, TrilOp, TriuOp,
             AmaxOp>(op);
}

std::optional<HostTensor> evaluate(Operation *op, ArrayRef<HostTensor> operands) {
  if (!canEvaluate(op))
    return std::nullopt;
  if (auto out = evaluateElementwise(op, operands))
    return out;
  if (auto out = evaluateView(op, operands))
    return out;
  if (isa<GatherOp, IndexCopyOp, CumsumOp>(op))
    return evaluateIndexing(op, operands);
  return evaluateReduction(op, operands);
}

} // namespace buddy::graph
