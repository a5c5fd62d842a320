// Running sums, one element after the other.
#include "buddy/Frontend/Tosa/RunningSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace {
// Loops over all dimensions, that of the sum innermost: the sum so far is a number that the loop
// carries.
class RunningSum {
public:
  RunningSum(OpBuilder &b, Location loc, Value value, int64_t dim)
      : b(b), loc(loc), value(value), type(cast<RankedTensorType>(value.getType())),
        at(type.getRank()) {
    zero = arith::ConstantIndexOp::create(b, loc, 0);
    one = arith::ConstantIndexOp::create(b, loc, 1);
    for (int64_t size : type.getShape())
      sizes.push_back(arith::ConstantIndexOp::create(b, loc, size));
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (i != dim)
        order.push_back(i);
    order.push_back(dim);
  }

  // The loops from the `depth`th on, which write into the tensor `sums`.
  Value nest(unsigned depth, Value sums) {
    Type element = type.getElementType();
    bool isFloat = isa<FloatType>(element), isInner = depth + 1 == order.size();
    Type carried = isFloat ? b.getF64Type() : element;
    SmallVector<Value> starts = {sums};
    if (isInner)
      starts.push_back(arith::ConstantOp::create(b, loc, b.getZeroAttr(carried)));
    auto loop = scf::ForOp::create(b, loc, zero, sizes[order[depth]], one, starts);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    at[order[depth]] = loop.getInductionVar();
    Value into = loop.getRegionIterArg(0);
    if (!isInner) {
      scf::YieldOp::create(b, loc, nest(depth + 1, into));
      return loop.getResult(0);
    }
    Value term = tensor::ExtractOp::create(b, loc, value, at), before = loop.getRegionIterArg(1);
    Value sum, rounded;
    if (isFloat) {
      if (element != carried)
        term = arith::ExtFOp::create(b, loc, carried, term);
      sum = rounded = arith::AddFOp::create(b, loc, before, term);
      if (element != carried)
        rounded = arith::TruncFOp::create(b, loc, element, sum);
    } else {
      sum = rounded = arith::AddIOp::create(b, loc, before, term);
    }
    Value next = tensor::InsertOp::create(b, loc, rounded, into, at);
    scf::YieldOp::create(b, loc, ValueRange{next, sum});
    return loop.getResult(0);
  }

private:
  OpBuilder &b;
  Location loc;
  Value value;
  RankedTensorType type;
  SmallVector<Value> at, sizes;
  SmallVector<int64_t> order;
  Value zero, one;
};
} // namespace

Value buddy::frontend::runningSum(OpBuilder &builder, Location loc, Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  RunningSum sum(builder, loc, value, dim);
  return sum.nest(0, tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType()));
}
