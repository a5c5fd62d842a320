// Tensors of i1 -> tensors of i8.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Transforms/DialectConversion.h"

namespace buddy {
#define GEN_PASS_DEF_BOOLSTOBYTESPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

static RankedTensorType bytesOf(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), IntegerType::get(type.getContext(), 8),
                               type.getEncoding());
}

static Value toByte(OpBuilder &b, Location loc, Value bit) {
  return arith::ExtUIOp::create(b, loc, b.getI8Type(), bit);
}

static Value toBit(OpBuilder &b, Location loc, Value byte) {
  Value zero = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, byte, zero);
}

namespace {
// linalg.generic: arguments come as bytes and are compared with zero, results are extended.
struct ConvertGeneric : OpConversionPattern<linalg::GenericOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> resultTypes;
    if (failed(getTypeConverter()->convertTypes(op.getResultTypes(), resultTypes)))
      return rewriter.notifyMatchFailure(op, "result types do not convert");
    auto created = linalg::GenericOp::create(rewriter, op.getLoc(), resultTypes,
                                             adaptor.getInputs(), adaptor.getOutputs(),
                                             op.getIndexingMapsArray(), op.getIteratorTypesArray());
    created->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Block *body = rewriter.createBlock(&created.getRegion());
    SmallVector<Value> arguments;
    for (auto [old, operand] : llvm::zip_equal(op.getBody()->getArguments(), op->getOperands())) {
      // An operand that is no tensor is in a register already.
      bool isByte = old.getType().isInteger(1) && isa<RankedTensorType>(operand.getType());
      Value argument =
          body->addArgument(isByte ? rewriter.getI8Type() : old.getType(), old.getLoc());
      arguments.push_back(isByte ? toBit(rewriter, op.getLoc(), argument) : argument);
    }
    IRMapping mapping;
    mapping.map(op.getBody()->getArguments(), arguments);
    for (Operation &inner : op.getBody()->without_terminator())
      rewriter.clone(inner, mapping);
    SmallVector<Value> yielded;
    for (Value value : op.getBody()->getTerminator()->getOperands()) {
      Value result = mapping.lookupOrDefault(value);
      yielded.push_back(result.getType().isInteger(1) ? toByte(rewriter, op.getLoc(), result)
                                                      : result);
    }
    linalg::YieldOp::create(rewriter, op.getLoc(), yielded);
    rewriter.replaceOp(op, created.getResults());
    return success();
  }
};

struct ConvertConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "not a ranked tensor");
    SmallVector<int8_t> bytes;
    if (auto value = dyn_cast<DenseElementsAttr>(op.getValue())) {
      for (bool element : value.getValues<bool>())
        bytes.push_back(element);
    } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
      // A resource holds a byte an element. One that a file names and does not have is empty.
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      if (!blob || int64_t(blob->getData().size()) != type.getNumElements())
        return op.emitError("the data of this constant are missing");
      for (char byte : blob->getData())
        bytes.push_back(byte != 0);
    } else {
      return rewriter.notifyMatchFailure(op, "neither dense nor dense_resource");
    }
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, DenseElementsAttr::get(bytesOf(type), ArrayRef<int8_t>(bytes)));
    return success();
  }
};

// tensor.pad: the padding value is extended where it is yielded.
struct ConvertPad : OpConversionPattern<tensor::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::PadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = bytesOf(op.getResultType());
    auto created = tensor::PadOp::create(rewriter, op.getLoc(), type, adaptor.getSource(),
                                         op.getMixedLowPad(), op.getMixedHighPad(), op.getNofold());
    created->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getRegion(), created.getRegion(), created.getRegion().end());
    Operation *yield = created.getRegion().front().getTerminator();
    rewriter.setInsertionPoint(yield);
    Value byte = toByte(rewriter, op.getLoc(), yield->getOperand(0));
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperand(0, byte); });
    rewriter.replaceOp(op, created.getResult());
    return success();
  }
};

// Ops that only move elements: the same op on the converted types. Single elements that go in or
// come out are extended and compared.
struct ConvertByRebuilding : ConversionPattern {
  ConvertByRebuilding(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa<tensor::TensorDialect, attn::AttnDialect>(op->getDialect()) || op->getNumRegions())
      return rewriter.notifyMatchFailure(op, "not a movement of elements");
    OperationState state(op->getLoc(), op->getName());
    for (Value operand : operands)
      state.operands.push_back(
          operand.getType().isInteger(1) ? toByte(rewriter, op->getLoc(), operand) : operand);
    state.addAttributes(op->getAttrs());
    if (op->getPropertiesStorage())
      state.propertiesAttr = op->getPropertiesAsAttribute();
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return failure();
    for (Type type : types)
      state.types.push_back(type.isInteger(1) ? rewriter.getI8Type() : type);
    SmallVector<Value> results;
    for (auto [type, result] : llvm::zip_equal(types, rewriter.create(state)->getResults()))
      results.push_back(type.isInteger(1) ? toBit(rewriter, op->getLoc(), result) : Value(result));
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct BoolsToBytes : buddy::impl::BoolsToBytesPassBase<BoolsToBytes> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion([](RankedTensorType type) -> Type {
      return type.getElementType().isInteger(1) ? bytesOf(type) : type;
    });
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto func = dyn_cast<func::FuncOp>(op))
        return converter.isSignatureLegal(func.getFunctionType()) &&
               (func.isExternal() || converter.isLegal(&func.getBody()));
      return converter.isLegal(op);
    });
    RewritePatternSet patterns(context);
    patterns.add<ConvertGeneric, ConvertConstant, ConvertPad, ConvertByRebuilding>(converter,
                                                                                   context);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
