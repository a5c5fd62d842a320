// Recognizes contractions.
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

FailureOr<buddy::Contraction> buddy::matchContraction(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp>(op) || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !linalg::isaContractionOpInterface(op))
    return failure();
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || !type.getElementType().isF32())
      return failure();
  }
  // isaContractionOpInterface admits other pairs of operations than multiply and add.
  Operation *yield = op.getBlock()->getTerminator();
  auto add = yield->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!add || (!add.getLhs().getDefiningOp<arith::MulFOp>() &&
               !add.getRhs().getDefiningOp<arith::MulFOp>()))
    return failure();
  FailureOr<linalg::ContractionDimensions> dims = linalg::inferContractionDims(op);
  if (failed(dims) || dims->k.empty())
    return failure();
  return Contraction{dims->batch, dims->m, dims->n, dims->k};
}

Value buddy::filledWith(Value tensor) {
  // A reshape of a fill is one.
  while (Operation *op = tensor.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    tensor = op->getOperand(0);
  }
  Value filled;
  if (auto fill = tensor.getDefiningOp<linalg::FillOp>()) {
    filled = fill.getInputs()[0];
  } else if (auto generic = tensor.getDefiningOp<linalg::GenericOp>()) {
    // A generalized fill: a scalar from outside, or the only input, yielded as it is.
    if (!llvm::hasSingleElement(*generic.getBody()) || generic.getNumResults() != 1)
      return {};
    filled = generic.getBody()->getTerminator()->getOperand(0);
    auto argument = dyn_cast<BlockArgument>(filled);
    if (argument && argument.getOwner() == generic.getBody()) {
      if (generic.getNumDpsInputs() != 1 || argument.getArgNumber() != 0)
        return {};
      filled = generic.getDpsInputOperand(0)->get();
    }
  }
  return filled && !isa<ShapedType>(filled.getType()) ? filled : Value();
}

bool buddy::isZeroFill(Value value) {
  Value filled = filledWith(value);
  return filled && matchPattern(filled, m_PosZeroFloat());
}

std::pair<linalg::FillOp, linalg::GenericOp> buddy::startFromZero(RewriterBase &rewriter,
                                                                  linalg::LinalgOp op) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value start = op.getDpsInitOperand(0)->get();
  auto type = cast<RankedTensorType>(start.getType());
  Value zero =
      arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, sizesOf(rewriter, loc, start), type.getElementType());
  auto fill = linalg::FillOp::create(rewriter, loc, zero, empty);
  rewriter.modifyOpInPlace(op, [&] { op.getDpsInitsMutable().assign(fill.getResult(0)); });
  rewriter.setInsertionPointAfter(op);
  AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto sum = linalg::GenericOp::create(
      rewriter, loc, TypeRange{type}, ValueRange{op->getResult(0)}, ValueRange{start},
      ArrayRef<AffineMap>{identity, identity}, iterators,
      [](OpBuilder &b, Location l, ValueRange args) {
        linalg::YieldOp::create(b, l, arith::AddFOp::create(b, l, args[1], args[0]).getResult());
      });
  rewriter.replaceAllUsesExcept(op->getResult(0), sum.getResult(0), sum);
  return {fill, sum};
}
