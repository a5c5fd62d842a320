// Calls of composite functions -> the ops they stand for.
#include "ArithmeticComposites.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/IRMapping.h"

namespace buddy {
#define GEN_PASS_DEF_COMPOSITESTOATTNPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// The operand of a transpose that exchanges heads and sequence, null for any other value.
static Value sequenceMajorSource(Value value) {
  auto transpose = value.getDefiningOp<tosa::TransposeOp>();
  return transpose && transpose.getPerms() == ArrayRef<int32_t>{0, 2, 1, 3} ? transpose.getInput1()
                                                                            : Value();
}

// What the composite works on: the symbols, if there are any, are sizes of these.
static SmallVector<Value> tensorOperands(func::CallOp call) {
  SmallVector<Value> tensors;
  for (Value operand : call.getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      tensors.push_back(operand);
  return tensors;
}

// Reads buddy.attention and replaces the call by attn.attention.
static LogicalResult lowerAttention(func::CallOp call, func::FuncOp composite) {
  auto config = composite->getAttrOfType<DictionaryAttr>("buddy.attention");
  auto scale = config ? config.getAs<FloatAttr>("scale") : FloatAttr();
  auto causal = config ? config.getAs<BoolAttr>("causal") : BoolAttr();
  auto emptyRows = config ? config.getAs<StringAttr>("empty_rows") : StringAttr();
  auto keep = config ? config.getAs<BoolAttr>("keep") : BoolAttr();
  auto bias = config ? config.getAs<BoolAttr>("bias") : BoolAttr();
  if (!scale || !causal || !emptyRows || !keep || !bias)
    return composite.emitError("composite \"attention\" needs buddy.attention with scale, causal, "
                               "empty_rows, keep and bias");
  unsigned expected = 3 + keep.getValue() + bias.getValue();
  SmallVector<Value> operands = tensorOperands(call);
  if (operands.size() != expected || call.getNumResults() != 1)
    return call.emitError("composite \"attention\" must take ") << expected << " operands here";

  OpBuilder builder(call);
  OperationState state(call.getLoc(), attn::AttentionOp::getOperationName());
  state.addOperands(operands);
  state.addTypes(call.getResultTypes());
  // Verified before use: the operand types come from the input file.
  attn::AttentionOp::Properties &properties =
      state.getOrAddProperties<attn::AttentionOp::Properties>();
  properties.scale = FloatAttr::get(builder.getF64Type(), scale.getValueAsDouble());
  if (causal.getValue())
    properties.causal = builder.getUnitAttr();
  properties.empty_rows = emptyRows;
  if (auto window = config.getAs<IntegerAttr>("window"))
    properties.window = builder.getI64IntegerAttr(window.getInt());
  if (auto softcap = config.getAs<FloatAttr>("softcap"))
    properties.softcap = builder.getF64FloatAttr(softcap.getValueAsDouble());
  properties.operandSegmentSizes = {1, 1, 1, keep.getValue() ? 1 : 0, bias.getValue() ? 1 : 0};
  // Transposes around it become part of it.
  UnitAttr *isSequenceMajor[] = {&properties.query_sequence_major, &properties.key_sequence_major,
                                 &properties.value_sequence_major};
  for (auto [i, flag] : llvm::enumerate(isSequenceMajor))
    if (Value source = sequenceMajorSource(state.operands[i])) {
      state.operands[i] = source;
      *flag = builder.getUnitAttr();
    }
  Operation *result = call;
  if (call->hasOneUse())
    if (auto transpose = dyn_cast<tosa::TransposeOp>(*call->user_begin());
        transpose && sequenceMajorSource(transpose.getResult())) {
      properties.result_sequence_major = builder.getUnitAttr();
      state.types[0] = transpose.getType();
      result = transpose;
    }
  Operation *op = builder.create(state);
  result->replaceAllUsesWith(op->getResults());
  if (result != call)
    result->erase();
  call.erase();
  return success();
}

// The composite's body takes the place of the call: its ops become one or two loops by the fusions
// that follow.
static LogicalResult inlineBody(func::CallOp call, func::FuncOp composite) {
  if (!composite.getBody().hasOneBlock())
    return composite.emitError("a composite must have a body of one block");
  OpBuilder builder(call);
  IRMapping mapping;
  mapping.map(composite.getArguments(), call.getOperands());
  for (Operation &op : composite.getBody().front().without_terminator())
    builder.clone(op, mapping);
  auto end = dyn_cast<func::ReturnOp>(composite.getBody().front().getTerminator());
  if (!end || end.getNumOperands() != call.getNumResults())
    return composite.emitError("a composite must return what its calls expect");
  SmallVector<Value> results;
  for (Value result : end.getOperands())
    results.push_back(mapping.lookupOrDefault(result));
  call.replaceAllUsesWith(results);
  call.erase();
  return success();
}

// One half of the rotation: out = x * cos - y * sin, or + with `plus`. x and y may lie in another
// order of dimensions: `xMap` is the map from out's.
static Value rotateHalf(OpBuilder &builder, Location loc, Value x, Value y, AffineMap xMap,
                        Value cos, Value sin, Value out, bool plus) {
  auto type = cast<RankedTensorType>(out.getType());
  int64_t rank = type.getRank();
  MLIRContext *context = builder.getContext();
  // cos and sin broadcast: a dimension of size 1 is read at 0.
  auto mapOf = [&](Value value) {
    auto valueType = cast<RankedTensorType>(value.getType());
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < valueType.getRank(); ++i) {
      int64_t dim = rank - valueType.getRank() + i;
      exprs.push_back(valueType.getDimSize(i) == type.getDimSize(dim)
                          ? getAffineDimExpr(dim, context)
                          : getAffineConstantExpr(0, context));
    }
    return AffineMap::get(rank, 0, exprs, context);
  };
  AffineMap identity = AffineMap::getMultiDimIdentityMap(rank, context);
  SmallVector<AffineMap> maps = {xMap, xMap, mapOf(cos), mapOf(sin), identity};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, TypeRange{out.getType()}, ValueRange{x, y, cos, sin}, ValueRange{out}, maps,
      iterators, [&](OpBuilder &b, Location l, ValueRange args) {
        Value crossed = arith::MulFOp::create(b, l, args[1], args[3]);
        if (!plus)
          crossed = arith::NegFOp::create(b, l, crossed);
        Value sum = math::FmaOp::create(b, l, args[0], args[2], crossed);
        linalg::YieldOp::create(b, l, sum);
      });
  return generic.getResult(0);
}

// The elements of the last dimension's first (0) or second (1) half, or of that place in each pair.
static Value ropePart(OpBuilder &builder, Location loc, Value value, int64_t which, bool isPairs) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank(), half = type.getShape().back() / (isPairs ? 1 : 2);
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)),
      sizes = sizesOf(builder, loc, value), strides(rank, builder.getIndexAttr(1));
  if (!isPairs) {
    sizes.back() = builder.getIndexAttr(half);
    offsets.back() = builder.getIndexAttr(which * half);
    return tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes, strides);
  }
  sizes.back() = builder.getIndexAttr(1);
  offsets.back() = builder.getIndexAttr(which);
  auto part = RankedTensorType::get(type.getShape().drop_back(), type.getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, part, value, offsets, sizes, strides);
}

// x [..., D] as [..., D/2, 2], and back.
static SmallVector<ReassociationIndices> pairGroups(int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < rank; ++i)
    groups.push_back({i});
  groups.back().push_back(rank);
  return groups;
}
static Value asPairs(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() /= 2;
  shape.push_back(2);
  SmallVector<OpFoldResult> sizes = sizesOf(builder, loc, value);
  sizes.back() = builder.getIndexAttr(shape[shape.size() - 2]);
  sizes.push_back(builder.getIndexAttr(2));
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), value,
                                       pairGroups(type.getRank()), sizes);
}

// x [..., D] -> (x1 cos1 - x2 sin1, x2 cos2 + x1 sin2), halves of the last dimension or of its
// pairs.
static LogicalResult lowerRope(func::CallOp call, func::FuncOp composite) {
  auto config = composite->getAttrOfType<DictionaryAttr>("buddy.rope");
  auto interleaved = config ? config.getAs<BoolAttr>("interleaved") : BoolAttr();
  bool isPairs = interleaved && interleaved.getValue();
  SmallVector<RankedTensorType> types;
  for (Value operand : tensorOperands(call))
    types.push_back(cast<RankedTensorType>(operand.getType()));
  if (types.size() != 3 || call.getNumResults() != 1 || types[0] != call.getResult(0).getType() ||
      types[0].getRank() < 1 || types[0].isDynamicDim(types[0].getRank() - 1) ||
      types[0].getShape().back() % 2 ||
      llvm::any_of(types, [](RankedTensorType type) { return !type.getElementType().isF32(); }))
    return call.emitError("composite \"rope\" takes f32 x [..., D] with D even, cos and sin, and "
                          "gives a tensor like x");
  for (RankedTensorType table : {types[1], types[2]}) {
    bool fits = table.getRank() >= 1 && table.getRank() <= types[0].getRank() &&
                table.getShape().back() == types[0].getShape().back();
    for (int64_t i = 0; fits && i < table.getRank(); ++i) {
      int64_t size = types[0].getDimSize(types[0].getRank() - table.getRank() + i);
      fits = table.getDimSize(i) == size || table.getDimSize(i) == 1;
    }
    if (!fits)
      return call.emitError("cos and sin of \"rope\" must end in D and broadcast to x");
  }

  OpBuilder builder(call);
  Location loc = call.getLoc();
  auto halfOf = [&](Value value, bool upper) {
    return ropePart(builder, loc, value, upper, isPairs);
  };
  Value x = call.getOperand(0), cos = call.getOperand(1), sin = call.getOperand(2);
  // A transpose before it becomes part of it: output dimension i is input dimension perms[i].
  SmallVector<AffineExpr> xDims;
  for (int64_t i = 0; i < types[0].getRank(); ++i)
    xDims.push_back(builder.getAffineDimExpr(i));
  if (auto transpose = x.getDefiningOp<tosa::TransposeOp>();
      transpose && transpose.getPerms().back() == types[0].getRank() - 1) {
    x = transpose.getInput1();
    for (auto [i, from] : llvm::enumerate(transpose.getPerms()))
      xDims[from] = builder.getAffineDimExpr(i);
  }
  AffineMap xMap = AffineMap::get(types[0].getRank(), 0, xDims, builder.getContext());
  Value result = tensor::EmptyOp::create(builder, loc, sizesOf(builder, loc, call.getOperand(0)),
                                         types[0].getElementType());
  if (isPairs)
    for (Value *value : {&x, &cos, &sin, &result})
      *value = asPairs(builder, loc, *value);
  Value x1 = halfOf(x, false), x2 = halfOf(x, true);
  for (bool upper : {false, true}) {
    Value rotated =
        rotateHalf(builder, loc, upper ? x2 : x1, upper ? x1 : x2, xMap, halfOf(cos, upper),
                   halfOf(sin, upper), halfOf(result, upper), /*plus=*/upper);
    auto slice = rotated.getDefiningOp<linalg::GenericOp>()
                     .getDpsInitOperand(0)
                     ->get()
                     .getDefiningOp<tensor::ExtractSliceOp>();
    result = tensor::InsertSliceOp::create(builder, loc, rotated, result, slice.getMixedOffsets(),
                                           slice.getMixedSizes(), slice.getMixedStrides());
  }
  if (isPairs)
    result = tensor::CollapseShapeOp::create(builder, loc, types[0], result,
                                             pairGroups(types[0].getRank()));
  call.replaceAllUsesWith(ValueRange{result});
  call.erase();
  return success();
}

namespace {
struct CompositesToAttn : buddy::impl::CompositesToAttnPassBase<CompositesToAttn> {
  void runOnOperation() override {
    getOperation()->removeAttr(tosa::TargetEnvAttr::name); // says what of TOSA the module uses
    SymbolTableCollection symbols;
    // Those in composites come first: such bodies are inlined below.
    SmallVector<std::pair<func::CallOp, func::FuncOp>> calls, outer;
    getOperation().walk([&](func::CallOp call) {
      auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
      if (!callee || !callee->hasAttr("buddy.composite"))
        return;
      bool isInner = call->getParentOfType<func::FuncOp>()->hasAttr("buddy.composite");
      (isInner ? calls : outer).push_back({call, callee});
    });
    llvm::append_range(calls, outer);
    DenseSet<Operation *> composites;
    for (auto [call, composite] : calls) {
      auto kind = composite->getAttrOfType<StringAttr>("buddy.composite");
      LogicalResult result = failure();
      if (kind && kind.getValue() == "attention")
        result = lowerAttention(call, composite);
      else if (kind && kind.getValue() == "rope")
        result = lowerRope(call, composite);
      else if (kind && (kind.getValue() == "rms_norm" || kind.getValue() == "swiglu" ||
                        kind.getValue() == "layer_norm" || kind.getValue() == "gelu"))
        result = inlineBody(call, composite);
      else if (kind && isArithmeticComposite(kind.getValue()))
        result = lowerArithmetic(call, composite);
      else if (kind && kind.getValue() == "cumsum")
        result = lowerCumsum(call, composite);
      else
        result = composite.emitError(
            "unknown buddy.composite; known: \"attention\", \"cumsum\", \"div\", \"gelu\", "
            "\"layer_norm\", \"mul\", \"rms_norm\", \"rope\", \"sqrt\", \"swiglu\"");
      if (failed(result))
        return signalPassFailure();
      composites.insert(composite);
    }
    for (Operation *composite : composites)
      if (SymbolTable::symbolKnownUseEmpty(composite, getOperation()))
        composite->erase();
  }
};
} // namespace
