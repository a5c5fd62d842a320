// Composites of arithmetic -> the one operation of IEEE 754 that each of them is.
#include "ArithmeticComposites.h"
#include "buddy/Frontend/Tosa/RunningSum.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace buddy;

bool buddy::isArithmeticComposite(StringRef kind) {
  return kind == "div" || kind == "mul" || kind == "sqrt";
}

static Value compute(OpBuilder &b, Location loc, StringRef kind, ValueRange args) {
  if (kind == "sqrt")
    return math::SqrtOp::create(b, loc, args[0]);
  if (kind == "div")
    return arith::DivFOp::create(b, loc, args[0], args[1]);
  return arith::MulFOp::create(b, loc, args[0], args[1]);
}

LogicalResult buddy::lowerArithmetic(func::CallOp call, func::FuncOp composite) {
  StringRef kind = composite->getAttrOfType<StringAttr>("buddy.composite").getValue();
  auto fail = [&]() {
    return call.emitError("composite \"")
           << kind << "\" takes " << (kind == "sqrt" ? "one f32 operand" : "two f32 operands")
           << " that broadcast to its one f32 result";
  };
  SmallVector<Value> operands; // without the symbols
  for (Value operand : call.getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      operands.push_back(operand);
  auto type = call.getNumResults() == 1 ? dyn_cast<RankedTensorType>(call.getResult(0).getType())
                                        : RankedTensorType();
  Type element = type ? type.getElementType() : Type();
  if (!element || !(element.isF32() || element.isF64()) ||
      operands.size() != (kind == "sqrt" ? 1 : 2))
    return fail();

  OpBuilder builder(call);
  Location loc = call.getLoc();
  int64_t rank = type.getRank();
  SmallVector<AffineMap> maps;
  SmallVector<OpFoldResult> sizes(rank);
  for (Value operand : operands) {
    auto from = cast<RankedTensorType>(operand.getType());
    int64_t missing = rank - from.getRank();
    if (missing < 0 || from.getElementType() != element)
      return fail();
    // A dimension of size 1 is read at 0.
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < from.getRank(); ++i) {
      bool isWhole = from.getDimSize(i) == type.getDimSize(missing + i);
      if (!isWhole && from.getDimSize(i) != 1)
        return fail();
      exprs.push_back(isWhole ? builder.getAffineDimExpr(missing + i)
                              : builder.getAffineConstantExpr(0));
      if (isWhole && !sizes[missing + i])
        sizes[missing + i] = sizeAlong(builder, loc, operand, i);
    }
    maps.push_back(AffineMap::get(rank, 0, exprs, builder.getContext()));
  }
  if (llvm::any_of(sizes, [](OpFoldResult size) { return !size; }))
    return fail();
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  Value empty = tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
  SmallVector<utils::IteratorType> parallel(rank, utils::IteratorType::parallel);
  auto generic =
      linalg::GenericOp::create(builder, loc, TypeRange{type}, operands, ValueRange{empty}, maps,
                                parallel, [&](OpBuilder &b, Location l, ValueRange args) {
                                  linalg::YieldOp::create(b, l, compute(b, l, kind, args));
                                });
  call.replaceAllUsesWith(generic.getResults());
  call.erase();
  return success();
}

LogicalResult buddy::lowerCumsum(func::CallOp call, func::FuncOp composite) {
  auto fields = composite->getAttrOfType<DictionaryAttr>("buddy.cumsum");
  auto dim = fields ? fields.getAs<IntegerAttr>("dim") : IntegerAttr();
  auto type = call.getNumOperands() > 0 ? dyn_cast<RankedTensorType>(call.getOperand(0).getType())
                                        : RankedTensorType();
  if (!dim || !type || !type.hasStaticShape() || call.getResultTypes() != TypeRange(type) ||
      !type.getElementType().isF32() || dim.getInt() < 0 || dim.getInt() >= type.getRank())
    return call.emitError("composite \"cumsum\" needs buddy.cumsum with dim, and takes one f32 "
                          "operand of known sizes of which that is a dimension");
  OpBuilder builder(call);
  Value sums = frontend::runningSum(builder, call.getLoc(), call.getOperand(0), dim.getInt());
  call.replaceAllUsesWith(ValueRange{sums});
  call.erase();
  return success();
}
