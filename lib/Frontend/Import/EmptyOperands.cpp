// Sums and products over nothing are 0, means not a number.
#include "EmptyOperands.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

Value buddy::emptyTensor(GraphBuilder &b, RankedTensorType type) {
  auto elements = DenseElementsAttr::get(type, ArrayRef<Attribute>());
  return graph::ConstantOp::create(b.builder, b.loc, type, cast<ElementsAttr>(elements))
      .getResult();
}

Value buddy::valueOverNothing(GraphBuilder &b, Operation *op) {
  auto filled = [&](const Scalar &value) {
    Value result = op->getResult(0);
    return b.full(sizesOf(result), value, elementTypeOf(result));
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<graph::SumOp, graph::MatmulOp, graph::SdpaOp>(
          [&](auto) { return filled(Scalar::ofInt(0)); })
      .Case([&](graph::MeanOp) { return filled(Scalar::ofFloat(NAN)); })
      .Case([&](graph::LinearOp linear) {
        return linear.getBias() ? b.expand(linear.getBias(), sizesOf(linear.getResult()))
                                : filled(Scalar::ofInt(0));
      })
      .Default([](Operation *) { return Value(); });
}
