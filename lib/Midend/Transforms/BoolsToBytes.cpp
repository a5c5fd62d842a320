// Tensors of i1 -> tensors of i8.
#include "buddy/Midend/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
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
    for (BlockArgument old : op.getBody()->getArguments()) {
      bool isBool = old.getType().isInteger(1);
      Value argument =
          body->addArgument(isBool ? rewriter.getI8Type() : old.getType(), old.getLoc());
      if (isBool) {
        Value zero = arith::ConstantOp::create(rewriter, op.getLoc(), rewriter.getI8IntegerAttr(0));
        argument =
            arith::CmpIOp::create(rewriter, op.getLoc(), arith::CmpIPredicate::ne, argument, zero);
      }
      arguments.push_back(argument);
    }
    IRMapping mapping;
    mapping.map(op.getBody()->getArguments(), arguments);
    for (Operation &inner : op.getBody()->without_terminator())
      rewriter.clone(inner, mapping);
    SmallVector<Value> yielded;
    for (Value value : op.getBody()->getTerminator()->getOperands()) {
      Value result = mapping.lookupOrDefault(value);
      if (result.getType().isInteger(1))
        result = arith::ExtUIOp::create(rewriter, op.getLoc(), rewriter.getI8Type(), result);
      yielded.push_back(result);
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
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!type || !value)
      return rewriter.notifyMatchFailure(op, "not a dense tensor");
    SmallVector<int8_t> bytes;
    for (bool element : value.getValues<bool>())
      bytes.push_back(element);
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, DenseElementsAttr::get(bytesOf(type), ArrayRef<int8_t>(bytes)));
    return success();
  }
};

// Ops that only move elements: the same op on the converted types.
struct ConvertByRebuilding : ConversionPattern {
  ConvertByRebuilding(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa<tensor::TensorDialect, attn::AttnDialect>(op->getDialect()) || op->getNumRegions())
      return rewriter.notifyMatchFailure(op, "not a movement of elements");
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    if (op->getPropertiesStorage())
      state.propertiesAttr = op->getPropertiesAsAttribute();
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return failure();
    state.addTypes(types);
    rewriter.replaceOp(op, rewriter.create(state)->getResults());
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
    patterns.add<ConvertGeneric, ConvertConstant, ConvertByRebuilding>(converter, context);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
