// Follows a tensor's size to the function's symbols.
#include "buddy/Midend/Transforms/Sizes.h"
#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace buddy;

SmallVector<BlockArgument> buddy::symbolArguments(func::FuncOp func) {
  SmallVector<BlockArgument> symbols;
  for (BlockArgument argument : func.getArguments())
    if (func.getArgAttr(argument.getArgNumber(), "buddy.symbol"))
      symbols.push_back(argument);
  return symbols;
}

Value buddy::expressionValue(OpBuilder &b, Location loc, AffineExpr expr, ValueRange symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return arith::ConstantIndexOp::create(b, loc, constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbol.getPosition() < symbols.size() ? symbols[symbol.getPosition()] : Value();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || (expr.getKind() != AffineExprKind::Add && expr.getKind() != AffineExprKind::Mul))
    return {};
  Value lhs = expressionValue(b, loc, binary.getLHS(), symbols);
  Value rhs = expressionValue(b, loc, binary.getRHS(), symbols);
  if (!lhs || !rhs)
    return {};
  return expr.getKind() == AffineExprKind::Add
             ? arith::AddIOp::create(b, loc, lhs, rhs).getResult()
             : arith::MulIOp::create(b, loc, lhs, rhs).getResult();
}

// The size of a buffer: of the function's own, of what it allocates, or of a view of these.
static AffineExpr ofBuffer(Value buffer, int64_t index, ArrayRef<BlockArgument> symbols) {
  MLIRContext *context = buffer.getContext();
  auto type = cast<MemRefType>(buffer.getType());
  if (index < 0 || index >= type.getRank())
    return {};
  if (!type.isDynamicDim(index))
    return getAffineConstantExpr(type.getDimSize(index), context);
  Operation *op = buffer.getDefiningOp();
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op))
    return isa<MemRefType>(cast.getSource().getType()) ? ofBuffer(cast.getSource(), index, symbols)
                                                       : AffineExpr();
  if (auto alloc = dyn_cast_or_null<memref::AllocOp>(op))
    return sizeExpression(alloc.getMixedSizes()[index], symbols, context);
  if (auto expand = dyn_cast_or_null<memref::ExpandShapeOp>(op))
    return sizeExpression(expand.getMixedOutputShape()[index], symbols, context);
  if (auto collapse = dyn_cast_or_null<memref::CollapseShapeOp>(op)) {
    SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
    AffineExpr product = getAffineConstantExpr(1, context);
    for (int64_t from : groups[index]) {
      AffineExpr factor = ofBuffer(collapse.getSrc(), from, symbols);
      if (!factor)
        return {};
      product = product * factor;
    }
    return product;
  }
  auto argument = dyn_cast<BlockArgument>(buffer);
  auto func =
      argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
  auto sizes = func ? func.getArgAttrOfType<AffineMapAttr>(argument.getArgNumber(), "buddy.sizes")
                    : AffineMapAttr();
  if (!sizes || index >= int64_t(sizes.getValue().getNumResults()))
    return {};
  return sizes.getValue().getResult(index);
}

AffineExpr buddy::sizeExpression(OpFoldResult size, ArrayRef<BlockArgument> symbols,
                                 MLIRContext *context) {
  if (std::optional<int64_t> number = getConstantIntValue(size))
    return getAffineConstantExpr(*number, context);
  auto value = cast<Value>(size);
  for (auto [i, symbol] : llvm::enumerate(symbols))
    if (value == symbol)
      return getAffineSymbolExpr(i, context);
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<arith::MulIOp, arith::AddIOp, arith::SubIOp>(op)) {
    AffineExpr lhs = sizeExpression(op->getOperand(0), symbols, context);
    AffineExpr rhs = sizeExpression(op->getOperand(1), symbols, context);
    if (!lhs || !rhs)
      return {};
    return isa<arith::MulIOp>(op) ? lhs * rhs : isa<arith::AddIOp>(op) ? lhs + rhs : lhs - rhs;
  }
  if (auto dim = dyn_cast_or_null<memref::DimOp>(op)) {
    bool isRanked = isa<MemRefType>(dim.getSource().getType()) && dim.getConstantIndex();
    return isRanked ? ofBuffer(dim.getSource(), *dim.getConstantIndex(), symbols) : AffineExpr();
  }
  // As upstream finds the one size of a reshape that is not known, from all elements.
  if (isa_and_nonnull<arith::DivSIOp, arith::DivUIOp>(op)) {
    AffineExpr dividend = sizeExpression(op->getOperand(0), symbols, context);
    std::optional<int64_t> divisor = getConstantIntValue(op->getOperand(1));
    AffineExpr quotient =
        dividend && divisor.value_or(0) > 0 ? dividend.floorDiv(*divisor) : AffineExpr();
    bool isExact = quotient && quotient.getKind() != AffineExprKind::FloorDiv;
    return isExact ? quotient : AffineExpr();
  }
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(op)) {
    SmallVector<AffineExpr> dims, ofSymbols;
    for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
      AffineExpr expr = sizeExpression(operand, symbols, context);
      if (!expr)
        return {};
      (i < apply.getAffineMap().getNumDims() ? dims : ofSymbols).push_back(expr);
    }
    return apply.getAffineMap().getResult(0).replaceDimsAndSymbols(dims, ofSymbols);
  }
  return {};
}

// The size that `map`, attribute of a function's argument or result, gives dimension `dim`.
static Value namedSize(OpBuilder &b, Location loc, Attribute attribute, int64_t dim,
                       ValueRange symbols) {
  auto map = dyn_cast_or_null<AffineMapAttr>(attribute);
  if (!map || dim >= int64_t(map.getAffineMap().getNumResults()))
    return {};
  return expressionValue(b, loc, map.getAffineMap().getResult(dim), symbols);
}

static Value ofArgument(OpBuilder &b, Location loc, BlockArgument argument, int64_t dim) {
  auto func = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!func || argument.getOwner() != &func.getBody().front())
    return {};
  SmallVector<BlockArgument> arguments = symbolArguments(func);
  SmallVector<Value> symbols(arguments.begin(), arguments.end());
  return namedSize(b, loc, func.getArgAttr(argument.getArgNumber(), "buddy.sizes"), dim, symbols);
}

static Value ofCall(OpBuilder &b, Location loc, func::CallOp call, OpResult result, int64_t dim) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (!callee)
    return {};
  SmallVector<Value> symbols;
  for (BlockArgument symbol : symbolArguments(callee))
    symbols.push_back(call.getOperand(symbol.getArgNumber()));
  return namedSize(b, loc, callee.getResultAttr(result.getResultNumber(), "buddy.sizes"), dim,
                   symbols);
}

static OpFoldResult ofSlice(tensor::ExtractSliceOp slice, int64_t dim) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  for (auto [i, size] : llvm::enumerate(slice.getMixedSizes()))
    if (!dropped.test(i) && dim-- == 0)
      return size;
  return {};
}

OpFoldResult buddy::sizeAlong(OpBuilder &b, Location loc, Value tensor, int64_t dim) {
  Value value = tensor;
  while (true) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!type.isDynamicDim(dim))
      return b.getIndexAttr(type.getDimSize(dim));
    OpFoldResult found;
    Value next;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp())) {
        OpOperand *init = loop.getTiedLoopInit(argument);
        next = init ? init->get() : Value();
      } else {
        found = ofArgument(b, loc, argument, dim);
      }
    } else {
      Operation *op = value.getDefiningOp();
      auto result = cast<OpResult>(value);
      if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
        found = empty.getMixedSizes()[dim];
      } else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
        found = ofSlice(slice, dim);
      } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
        found = expand.getMixedOutputShape()[dim];
      } else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
        Value product;
        SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
        for (int64_t from : groups[dim]) {
          OpFoldResult factor = sizeAlong(b, loc, collapse.getSrc(), from);
          if (std::optional<int64_t> number = getConstantIntValue(factor); number && *number == 1)
            continue;
          Value size = getValueOrCreateConstantIndexOp(b, loc, factor);
          product = product ? arith::MulIOp::create(b, loc, product, size).getResult() : size;
        }
        found = product;
      } else if (auto call = dyn_cast<func::CallOp>(op)) {
        found = ofCall(b, loc, call, result, dim);
      } else if (auto attention = dyn_cast<attn::AttentionOp>(op)) {
        // [B, H, Sq, Dv] or [B, Sq, H, Dv]: batch and queries are the query's.
        bool sameOrder =
            attention.getQuerySequenceMajor() == attention.getResultSequenceMajor() || dim == 0;
        next = attention.getQuery();
        if (!sameOrder)
          dim = dim == 1 ? 2 : dim == 2 ? 1 : dim;
      } else if (isa<tensor::CastOp, tensor::InsertSliceOp>(op)) {
        next = op->getOperand(isa<tensor::InsertSliceOp>(op) ? 1 : 0);
      } else if (auto styled = dyn_cast<DestinationStyleOpInterface>(op)) {
        next = styled.getTiedOpOperand(result)->get();
      } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
        OpOperand *init = loop.getTiedLoopInit(result);
        next = init ? init->get() : Value();
      }
    }
    if (found)
      return found;
    if (!next)
      return tensor::DimOp::create(b, loc, value, dim).getResult();
    value = next;
  }
}

SmallVector<OpFoldResult> buddy::sizesOf(OpBuilder &b, Location loc, Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0; dim < cast<RankedTensorType>(tensor.getType()).getRank(); ++dim)
    sizes.push_back(sizeAlong(b, loc, tensor, dim));
  return sizes;
}

SmallVector<OpFoldResult> buddy::loopExtents(OpBuilder &b, linalg::LinalgOp op) {
  SmallVector<OpFoldResult> extents(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    for (auto [position, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr); loop && !extents[loop.getPosition()])
        extents[loop.getPosition()] = sizeAlong(b, op.getLoc(), operand.get(), position);
  }
  return extents;
}
