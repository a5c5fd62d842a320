// graph.constant and graph.arange -> tosa.const.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

static std::string resourceProblem(DenseResourceElementsAttr resource) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return "its dense_resource holds no data; was the file cut?";
  ShapedType type = resource.getType();
  // A boolean takes a byte.
  size_t bytes = type.getNumElements() * std::max(1u, type.getElementTypeBitWidth() / 8);
  if (blob->getData().size() != bytes)
    return "its dense_resource has " + std::to_string(blob->getData().size()) + " bytes, not the " +
           std::to_string(bytes) + " of its type";
  return "";
}

std::string buddy::frontend::constantProblem(ElementsAttr values) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(values))
    return resourceProblem(resource);
  return isa<DenseElementsAttr>(values) ? "" : "its values must be dense or dense_resource";
}

// f16 or bf16 as f32.
static DenseElementsAttr widened(ElementsAttr attr, ShapedType type) {
  std::vector<float> values;
  if (auto dense = dyn_cast<DenseFPElementsAttr>(attr)) {
    if (dense.isSplat())
      values.push_back(dense.getSplatValue<APFloat>().convertToFloat());
    else
      for (const APFloat &value : dense.getValues<APFloat>())
        values.push_back(value.convertToFloat());
  } else { // constantProblem has looked at it
    const llvm::fltSemantics &semantics =
        cast<FloatType>(attr.getElementType()).getFloatSemantics();
    ArrayRef<char> raw = cast<DenseResourceElementsAttr>(attr).getRawHandle().getBlob()->getData();
    for (; raw.size() >= 2; raw = raw.drop_front(2)) {
      uint16_t bits;
      std::memcpy(&bits, raw.data(), sizeof(bits));
      values.push_back(APFloat(semantics, APInt(16, bits)).convertToFloat());
    }
  }
  return DenseElementsAttr::get(type, ArrayRef<float>(values));
}

static std::optional<double> number(Attribute attr) {
  if (auto value = dyn_cast<FloatAttr>(attr))
    return value.getValueAsDouble();
  if (auto value = dyn_cast<IntegerAttr>(attr))
    return value.getValue().signedRoundToDouble();
  return std::nullopt;
}

// Whether a run computes the range because a symbol is in its start or length.
static bool isOfSymbols(graph::ArangeOp op) { return startOf(op).isOpen() || isOpen(op.getType()); }

std::string buddy::frontend::arangeProblem(graph::ArangeOp op) {
  Type element = op.getType().getElementType();
  // Sizes that a run chooses are far below 2^31; the step is 1.
  if (isOfSymbols(op))
    return "";
  if (isa<FloatType>(element))
    return number(op.getStart()) && number(op.getStep()) ? "" : "start and step must be numbers";
  auto start = dyn_cast<IntegerAttr>(op.getStart()), step = dyn_cast<IntegerAttr>(op.getStep());
  if (!start || !step || element.isInteger(1))
    return "an integer range needs an integer start, step and result";
  // Monotonous: the last element is the farthest.
  std::optional<int64_t> first = start.getValue().trySExtValue();
  std::optional<int64_t> stride = step.getValue().trySExtValue();
  int64_t last;
  if (!first || !stride || llvm::MulOverflow(op.getType().getNumElements() - 1, *stride, last) ||
      llvm::AddOverflow(last, *first, last))
    return "runs beyond int64";
  unsigned width = element.getIntOrFloatBitWidth();
  return llvm::isIntN(width, *first) && llvm::isIntN(width, last) ? "" : "runs beyond int32";
}

namespace {

struct LowerConstant : OpConversionPattern<graph::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ElementsAttr values = op.getValue();
    auto type = getTypeConverter()->convertType<ShapedType>(op.getType());
    if (graph::isHalf(values.getElementType()))
      values = widened(values, type);
    rewriter.replaceOp(op, TosaBuilder(rewriter, op.getLoc()).constant(values));
    return success();
  }
};

struct LowerArange : OpConversionPattern<graph::ArangeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::ArangeOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    if (isOfSymbols(op)) {
      TosaBuilder t(rewriter, op.getLoc());
      rewriter.replaceOp(op, t.range(type, op.getStart(), op.getStep()));
      return success();
    }
    int64_t count = type.getNumElements();
    DenseElementsAttr values;
    if (isa<FloatType>(type.getElementType())) {
      double start = *number(op.getStart()), step = *number(op.getStep()); // arangeProblem
      bool isDouble = type.getElementType().isF64();
      SmallVector<float> floats;
      SmallVector<double> doubles;
      for (int64_t i = 0; i < count; ++i) {
        double value = start + double(i) * step;
        isDouble ? doubles.push_back(value) : floats.push_back(float(value));
      }
      values = isDouble ? DenseElementsAttr::get(type, ArrayRef<double>(doubles))
                        : DenseElementsAttr::get(type, ArrayRef<float>(floats));
    } else {
      int64_t start = cast<IntegerAttr>(op.getStart()).getValue().getSExtValue();
      int64_t step = cast<IntegerAttr>(op.getStep()).getValue().getSExtValue();
      SmallVector<APInt> integers;
      for (int64_t i = 0; i < count; ++i)
        integers.emplace_back(type.getElementTypeBitWidth(), start + i * step, /*isSigned=*/true);
      values = DenseElementsAttr::get(type, integers);
    }
    rewriter.replaceOp(op, TosaBuilder(rewriter, op.getLoc()).constant(values));
    return success();
  }
};

} // namespace

void buddy::frontend::populateConstantsToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerConstant, LowerArange>(types, patterns.getContext());
}
