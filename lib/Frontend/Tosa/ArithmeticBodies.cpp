// Arithmetic that plain TOSA cannot say as PyTorch means it: what it means nearly, for others, and
// which ops of the graph it is.
#include "CompositeBodies.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

// The one number that all elements of a constant have, under whatever shape.
static std::optional<APFloat> splatOf(Value value) {
  while (isa_and_nonnull<graph::ReshapeOp, graph::ExpandOp>(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  DenseElementsAttr values;
  if (!matchPattern(value, m_Constant(&values)) || !values.isSplat() ||
      !isa<FloatType>(values.getElementType()))
    return std::nullopt;
  return values.getSplatValue<APFloat>();
}

std::optional<double> buddy::frontend::exactInverse(Value divisor) {
  std::optional<APFloat> number = splatOf(divisor);
  APFloat inverse(0.0);
  if (!number || !number->getExactInverse(&inverse))
    return std::nullopt;
  return inverse.convertToDouble();
}

StringRef buddy::frontend::arithmeticComposite(Operation *op) {
  if (isa<graph::SqrtOp>(op))
    return "sqrt";
  if (auto div = dyn_cast<graph::DivOp>(op))
    return exactInverse(div.getRhs()) ? "" : "div";
  // tosa.mul with a constant of zeros is folded to zeros, whatever it is multiplied with: NaN and
  // infinity are lost. An argument is no constant.
  if (isa<graph::MulOp>(op) && TosaBuilder::elementOf(op->getResult(0)).isF32() &&
      llvm::any_of(op->getOperands(), [](Value value) {
        std::optional<APFloat> number = splatOf(value);
        return number && number->isZero();
      }))
    return "mul";
  return "";
}

// a * (1/b), two roundings, within 1.5 ulp (3 where 1/b is subnormal, for b beyond 2^126). 1/b
// would overflow for a subnormal b, so a tiny b is first scaled up by a power of two, which is
// exact, and the quotient by the same.
static Value quotient(TosaBuilder &t, Value a, Value b) {
  int64_t rank = TosaBuilder::shapeOf(b).size();
  Type f32 = TosaBuilder::elementOf(b);
  Value isTiny = t.compare<tosa::GreaterOp>(t.scalar(f32, 0x1p-64, rank), t.unary<tosa::AbsOp>(b));
  Value scale = t.select(isTiny, t.scalar(f32, 0x1p64, rank), t.scalar(f32, 1.0, rank));
  Value inverse = t.unary<tosa::ReciprocalOp>(t.mul(b, scale));
  return t.mul(t.mul(a, inverse), scale);
}

// 1/rsqrt(x) has the special cases right (0, -0, inf, NaN below zero) and is within 1.5 ulp if
// rsqrt is within 1.
static Value squareRoot(TosaBuilder &t, Value x) {
  return t.unary<tosa::ReciprocalOp>(t.unary<tosa::RsqrtOp>(x));
}

Value buddy::frontend::arithmeticBody(TosaBuilder &t, StringRef kind, ValueRange args) {
  if (kind == "sqrt")
    return squareRoot(t, args[0]);
  return kind == "div" ? quotient(t, args[0], args[1]) : t.mul(args[0], args[1]);
}

Value buddy::frontend::cumsumBody(TosaBuilder &t, int64_t dim, Value sum) {
  int64_t size = TosaBuilder::shapeOf(sum)[dim];
  for (int64_t distance = 1; distance < size; distance *= 2) {
    Value head = t.sliceDim(sum, dim, 0, distance);
    Value tail = t.binary<tosa::AddOp>(t.sliceDim(sum, dim, distance, size - distance),
                                       t.sliceDim(sum, dim, 0, size - distance));
    sum = t.concat({head, tail}, dim);
  }
  return sum;
}

DictionaryAttr buddy::frontend::cumsumAttributes(graph::CumsumOp op) {
  Builder b(op.getContext());
  return b.getDictionaryAttr(b.getNamedAttr("dim", op.getDimAttr()));
}

bool buddy::frontend::isCumsumComposite(graph::CumsumOp op) {
  return TosaBuilder::elementOf(op.getInput()).isF32() && !isSymbolic(op.getType());
}

void buddy::frontend::spellOutMean(OpBuilder &builder, graph::MeanOp op) {
  TosaBuilder t(builder, op.getLoc());
  ArrayRef<int64_t> shape = TosaBuilder::shapeOf(op.getInput());
  Type element = TosaBuilder::elementOf(op.getInput());
  int64_t rank = shape.size(), plain = 1;
  SmallVector<int64_t> reduced(shape);
  Value symbolic;
  for (int64_t dim : op.getDims()) {
    reduced[dim] = 1;
    if (!isSymbolic(shape[dim])) {
      plain *= shape[dim];
      continue;
    }
    Value size = t.size(shape[dim], element, rank);
    symbolic = symbolic ? t.mul(symbolic, size) : size;
  }
  Value count = t.scalar(element, double(plain), rank);
  if (symbolic)
    count = plain == 1 ? symbolic : t.mul(symbolic, count);
  auto type = RankedTensorType::get(reduced, element);
  Value sum =
      graph::SumOp::create(builder, op.getLoc(), type, op.getInput(), op.getDimsAttr()).getResult();
  op.replaceAllUsesWith(t.divide(sum, count));
  op.erase();
}
