// Expressions of symbols as arithmetic on index values.
#include "SizeValues.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

SizeValues::SizeValues(func::FuncOp func, ValueRange symbols)
    : symbols(symbols), start(&func.getBody().front()) {}

Value SizeValues::value(int64_t size, Location loc) {
  OpBuilder b = OpBuilder::atBlockBegin(start);
  if (last)
    b.setInsertionPointAfter(last);
  Value &known = made[size];
  if (known)
    return known;
  auto keep = [&](Value result) {
    last = result.getDefiningOp();
    return result;
  };
  auto number = [&](int64_t value) {
    return keep(arith::ConstantIndexOp::create(b, loc, value).getResult());
  };
  std::optional<SmallVector<SizeTerm>> terms = readSize(size);
  if (!terms)
    return {};
  Value sum;
  for (const SizeTerm &term : *terms) {
    Value product;
    for (unsigned symbol : term.symbols) {
      if (symbol >= symbols.size())
        return {};
      product =
          product ? keep(arith::MulIOp::create(b, loc, product, symbols[symbol])) : symbols[symbol];
    }
    if (!product)
      product = number(term.coefficient);
    else if (term.coefficient != 1)
      product = keep(arith::MulIOp::create(b, loc, product, number(term.coefficient)));
    sum = sum ? keep(arith::AddIOp::create(b, loc, sum, product)) : product;
  }
  return made[size] = sum;
}

OpFoldResult SizeValues::operand(OpBuilder &b, int64_t size, Location loc) {
  return isSymbolic(size) ? OpFoldResult(value(size, loc)) : OpFoldResult(b.getIndexAttr(size));
}

SmallVector<OpFoldResult> SizeValues::operands(OpBuilder &b, ArrayRef<int64_t> sizes,
                                               Location loc) {
  SmallVector<OpFoldResult> result;
  for (int64_t size : sizes)
    result.push_back(operand(b, size, loc));
  return result;
}
