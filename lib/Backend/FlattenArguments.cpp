// Memory of a size that each run chooses crosses functions as a pointer.

#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <limits>

namespace buddy::backend {
#define GEN_PASS_DEF_FLATTENARGUMENTSPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;

namespace {

// What stands for memory of any size: its first element.
MemRefType pointerType(MemRefType type) { return MemRefType::get({1}, type.getElementType()); }

bool isDynamic(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && !memref.hasStaticShape() && memref.getLayout().isIdentity();
}

struct FlattenArgumentsPass : buddy::backend::impl::FlattenArgumentsPassBase<FlattenArgumentsPass> {
  // The sizes of `argument` as its buddy.sizes says; of the workspace, which has none, more than
  // anyone asks for.
  FailureOr<SmallVector<OpFoldResult>> sizesOf(OpBuilder &b, func::FuncOp func,
                                               BlockArgument argument, ValueRange symbols) {
    auto type = cast<MemRefType>(argument.getType());
    auto map = func.getArgAttrOfType<AffineMapAttr>(argument.getArgNumber(), "buddy.sizes");
    SmallVector<OpFoldResult> sizes;
    if (!map && type.getRank() == 1 && type.getElementType().isInteger(8)) {
      sizes.push_back(
          arith::ConstantIndexOp::create(b, func.getLoc(), std::numeric_limits<int64_t>::max())
              .getResult());
      return sizes;
    }
    if (!map || int64_t(map.getAffineMap().getNumResults()) != type.getRank() ||
        map.getAffineMap().getNumSymbols() > symbols.size())
      return func.emitError("argument ")
             << argument.getArgNumber()
             << " has a size that each run chooses and no buddy.sizes that says which";
    for (auto [dim, expr] : llvm::enumerate(map.getAffineMap().getResults())) {
      if (!type.isDynamicDim(dim)) {
        sizes.push_back(b.getIndexAttr(type.getDimSize(dim)));
        continue;
      }
      Value size = affine::expandAffineExpr(b, func.getLoc(), expr, {}, symbols);
      if (!size)
        return func.emitError("argument ")
               << argument.getArgNumber() << " has a buddy.sizes that cannot be computed";
      sizes.push_back(size);
    }
    return sizes;
  }

  LogicalResult flatten(func::FuncOp func) {
    OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
    Location loc = func.getLoc();
    SmallVector<Value> symbols;
    for (BlockArgument argument : func.getArguments())
      if (func.getArgAttr(argument.getArgNumber(), "buddy.symbol"))
        symbols.push_back(argument);
    for (BlockArgument argument : func.getArguments()) {
      if (!isDynamic(argument.getType()))
        continue;
      FailureOr<SmallVector<OpFoldResult>> sizes = sizesOf(b, func, argument, symbols);
      if (failed(sizes))
        return failure();
      SmallVector<OpFoldResult> strides(sizes->size(), b.getIndexAttr(1));
      for (size_t dim = sizes->size(); dim-- > 1;) {
        auto number = [&](OpFoldResult value) { return getConstantIntValue(value); };
        OpFoldResult size = (*sizes)[dim], stride = strides[dim];
        if (number(size) && number(stride))
          strides[dim - 1] = b.getIndexAttr(*number(size) * *number(stride));
        else
          strides[dim - 1] =
              arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, size),
                                    getValueOrCreateConstantIndexOp(b, loc, stride))
                  .getResult();
      }
      auto type = cast<MemRefType>(argument.getType());
      argument.setType(pointerType(type));
      auto whole = memref::ReinterpretCastOp::create(b, loc, stridedType(type, *sizes, strides),
                                                     argument, b.getIndexAttr(0), *sizes, strides);
      Value view = memref::CastOp::create(b, loc, type, whole);
      argument.replaceAllUsesExcept(view, whole);
    }
    func.setType(
        b.getFunctionType(func.getBody().front().getArgumentTypes(), func.getResultTypes()));
    return success();
  }

  // The type of a view of these strides; which strides are those of the identity is seen only where
  // they are numbers.
  static MemRefType stridedType(MemRefType type, ArrayRef<OpFoldResult> sizes,
                                ArrayRef<OpFoldResult> strides) {
    SmallVector<int64_t> numbers;
    for (OpFoldResult stride : strides)
      numbers.push_back(getConstantIntValue(stride).value_or(ShapedType::kDynamic));
    auto layout = StridedLayoutAttr::get(type.getContext(), 0, numbers);
    return MemRefType::get(type.getShape(), type.getElementType(), layout);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::CallOp> calls;
    module.walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      OpBuilder b(call);
      for (OpOperand &operand : call->getOpOperands()) {
        if (!isDynamic(operand.get().getType()))
          continue;
        auto type = pointerType(cast<MemRefType>(operand.get().getType()));
        OpFoldResult one = b.getIndexAttr(1);
        operand.set(memref::ReinterpretCastOp::create(b, call.getLoc(), type, operand.get(),
                                                      b.getIndexAttr(0), ArrayRef(one),
                                                      ArrayRef(one)));
      }
    }
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal() && failed(flatten(func)))
        return signalPassFailure();
  }
};

} // namespace
