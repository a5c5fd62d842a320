// Verifiers of views, rearrangements and reductions.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/SizeBounds.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::graph;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static LogicalResult verifyDim(Operation *op, int64_t dim, int64_t rank) {
  if (dim < 0 || dim >= rank)
    return op->emitOpError("dimension ") << dim << " is outside a tensor of rank " << rank;
  return success();
}

static LogicalResult verifySameElementType(Operation *op) {
  Type element = typeOf(op->getResult(0)).getElementType();
  for (Value operand : op->getOperands())
    if (typeOf(operand).getElementType() != element)
      return op->emitOpError("operands and result must have one element type");
  return success();
}

static LogicalResult expectSizes(Operation *op, StringRef what, RankedTensorType type,
                                 ArrayRef<Size> expected) {
  if (sizesOf(type) != expected)
    return op->emitOpError(what) << " shape must be " << shapeText(expected, symbolsAround(op));
  return success();
}

LogicalResult ReshapeOp::verify() {
  if (failed(verifySameElementType(*this)))
    return failure();
  // A `?` that no map names is for the contract to report.
  Size before = productOf(sizesOf(getInput())), after = productOf(sizesOf(getResult()));
  if (before.isKnown() && after.isKnown() && before != after)
    return emitOpError("input and result have different numbers of elements");
  return success();
}

LogicalResult PermuteOp::verify() {
  if (failed(verifySameElementType(*this)))
    return failure();
  RankedTensorType in = typeOf(getInput()), out = typeOf(getResult());
  ArrayRef<int64_t> permutation = getPermutation();
  if (int64_t(permutation.size()) != in.getRank() || in.getRank() != out.getRank())
    return emitOpError("permutation, input and result must have one rank");
  llvm::SmallBitVector seen(permutation.size());
  for (auto [i, from] : llvm::enumerate(permutation)) {
    if (failed(verifyDim(*this, from, in.getRank())))
      return failure();
    if (seen.test(from))
      return emitOpError("permutation names dimension ") << from << " twice";
    seen.set(from);
    if (sizesOf(out)[i] != sizesOf(in)[from])
      return emitOpError("result dimension ")
             << i << " must have the size of input dimension " << from;
  }
  return success();
}

LogicalResult ExpandOp::verify() {
  if (failed(verifySameElementType(*this)))
    return failure();
  if (!broadcastsTo(sizesOf(getInput()), sizesOf(getResult())))
    return emitOpError("input does not broadcast to the result's shape");
  return success();
}

bool buddy::graph::isInside(Operation *op, Size start, Size end, Size size) {
  SmallVector<Symbol> symbols = symbolsAround(op);
  return isAtMost(0, start, symbols) && isAtMost(start, end, symbols) &&
         isAtMost(end, size, symbols);
}

LogicalResult SliceOp::verify() {
  if (failed(verifySameElementType(*this)))
    return failure();
  RankedTensorType in = typeOf(getInput()), out = typeOf(getResult());
  int64_t dim = getDim();
  if (failed(verifyDim(*this, dim, in.getRank())))
    return failure();
  // Where sizes are named by symbols, bounds are too; they are checked as numbers.
  if ((*this)->hasAttr("buddy.sizes"))
    return success();
  Size start = getStart(), end = getEnd(), size = sizesOf(in)[dim];
  bool inside = isInside(*this, start, end, size);
  if (!inside && isOpen({start, end, size}))
    return emitOpError("may reach beyond its tensor, with sizes that a run may choose");
  if (!inside || int64_t(getStep()) < 1)
    return emitOpError("needs 0 <= start <= end <= size and step >= 1");
  SmallVector<Size> expected(sizesOf(in));
  expected[dim] = ceilDiv(end - start, int64_t(getStep()));
  return expectSizes(*this, "result", out, expected);
}

LogicalResult CatOp::verify() {
  if (getInputs().empty())
    return emitOpError("needs an input");
  if (failed(verifySameElementType(*this)))
    return failure();
  RankedTensorType out = typeOf(getResult());
  if (failed(verifyDim(*this, getDim(), out.getRank())))
    return failure();
  Size total = 0;
  for (Value input : getInputs()) {
    RankedTensorType in = typeOf(input);
    if (in.getRank() != out.getRank())
      return emitOpError("inputs and result must have one rank");
    for (int64_t i = 0; i < out.getRank(); ++i)
      if (i != int64_t(getDim()) && sizesOf(in)[i] != sizesOf(out)[i])
        return emitOpError("sizes differ in dimension ") << i;
    total += sizesOf(in)[getDim()];
    if (!total.isKnown())
      return emitOpError("has more elements than can be counted");
  }
  if (total != sizesOf(out)[getDim()])
    return emitOpError("result dimension ")
           << getDim() << " must have size " << sizeText(total, symbolsAround(*this));
  return success();
}

LogicalResult GatherOp::verify() {
  RankedTensorType in = typeOf(getInput()), out = typeOf(getResult());
  if (in.getElementType() != out.getElementType())
    return emitOpError("input and result must have one element type");
  if (getIndices().empty())
    return emitOpError("needs an index");
  int64_t dim = getDim(), count = getIndices().size();
  if (dim < 0 || dim > in.getRank() - count)
    return emitOpError("indexes ")
           << count << " dimensions from " << dim << " of a tensor of rank " << in.getRank();
  SmallVector<ArrayRef<Size>> shapes;
  for (Value index : getIndices())
    shapes.push_back(sizesOf(index));
  FailureOr<SmallVector<Size>> indexed = broadcastShapes(shapes);
  if (failed(indexed))
    return emitOpError("indices do not broadcast with each other");
  SmallVector<Size> expected(sizesOf(in).take_front(dim));
  llvm::append_range(expected, *indexed);
  llvm::append_range(expected, sizesOf(in).drop_front(dim + count));
  return expectSizes(*this, "result", out, expected);
}

LogicalResult IndexCopyOp::verify() {
  RankedTensorType in = typeOf(getInput()), source = typeOf(getSource());
  if (in != typeOf(getResult()) || in.getElementType() != source.getElementType())
    return emitOpError("input and result must have one type, the source its element type");
  int64_t dim = getDim();
  if (failed(verifyDim(*this, dim, in.getRank())))
    return failure();
  if (typeOf(getIndex()).getRank() != 1)
    return emitOpError("needs an index of one dimension");
  SmallVector<Size> expected(sizesOf(in));
  expected[dim] = sizesOf(getIndex())[0];
  return expectSizes(*this, "source", source, expected);
}

static LogicalResult verifyTriangle(Operation *op) {
  if (typeOf(op->getResult(0)).getRank() < 2)
    return op->emitOpError("needs a tensor of at least two dimensions");
  return success();
}
LogicalResult TrilOp::verify() { return verifyTriangle(*this); }
LogicalResult TriuOp::verify() { return verifyTriangle(*this); }

LogicalResult SoftmaxOp::verify() {
  return verifyDim(*this, getDim(), getResult().getType().getRank());
}

LogicalResult CumsumOp::verify() {
  RankedTensorType type = getResult().getType();
  if (type.getElementType().isInteger(1))
    return emitOpError("is not defined on booleans; convert to an integer first");
  return verifyDim(*this, getDim(), type.getRank());
}

static LogicalResult verifyReduction(Operation *op, ArrayRef<int64_t> dims) {
  if (failed(verifySameElementType(op)))
    return failure();
  RankedTensorType in = typeOf(op->getOperand(0)), out = typeOf(op->getResult(0));
  SmallVector<Size> expected(sizesOf(in));
  for (int64_t dim : dims) {
    if (failed(verifyDim(op, dim, in.getRank())))
      return failure();
    expected[dim] = 1;
  }
  if (sizesOf(out) != ArrayRef<Size>(expected))
    return op->emitOpError("reduced dimensions must have size 1 in the result, the others stay");
  return success();
}
LogicalResult SumOp::verify() { return verifyReduction(*this, getDims()); }
LogicalResult MeanOp::verify() { return verifyReduction(*this, getDims()); }
LogicalResult AmaxOp::verify() { return verifyReduction(*this, getDims()); }
