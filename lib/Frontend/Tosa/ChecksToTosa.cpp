// What a run checks of indices, as loops: TOSA has no word for the first of many.
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

namespace {

struct LowerNoFindings : OpConversionPattern<graph::NoFindingsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::NoFindingsOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, TosaBuilder(rewriter, op.getLoc())
                .constant(DenseElementsAttr::get(op.getType(), ArrayRef<int64_t>{0, -1, 0})));
    return success();
  }
};

// Builds the check of one list of indices.
class Check {
public:
  Check(OpBuilder &b, Location loc, Value indices)
      : b(b), loc(loc), indices(indices), zero(index(0)),
        count(index(TosaBuilder::shapeOf(indices)[0])) {}

  // The place of the first that is outside, `count` if none is: the least of all places outside,
  // whatever the order in which they are looked at.
  Value firstOutside(int64_t lowest, int64_t highest) {
    Value low = wide(index(lowest)), high = wide(index(highest));
    auto loop = scf::ForOp::create(b, loc, zero, count, index(1), ValueRange{count});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value place = loop.getInductionVar(), value = at(place);
    Value outside =
        b.createOrFold<arith::OrIOp>(loc, compare(arith::CmpIPredicate::slt, value, low),
                                     compare(arith::CmpIPredicate::sgt, value, high));
    Value candidate = arith::SelectOp::create(b, loc, outside, place, count);
    Value first = arith::MinSIOp::create(b, loc, loop.getRegionIterArg(0), candidate);
    scf::YieldOp::create(b, loc, first);
    return loop.getResult(0);
  }

  // What was found, with this check added to those before it.
  Value findings(Value before, Value first) {
    auto number = [&](int64_t i) -> Value {
      return tensor::ExtractOp::create(b, loc, before, ValueRange{index(i)});
    };
    Value passed = number(0), place = number(1), value = number(2);
    Value isFirst = compare(arith::CmpIPredicate::slt, place, constant(0));
    Value isOutside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, first, count);
    Value fails = arith::AndIOp::create(b, loc, isFirst, isOutside);
    // Nothing is read where no index is outside: there may be none at all.
    auto found = scf::IfOp::create(b, loc, b.getI64Type(), fails, /*withElseRegion=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(found.thenBlock());
      scf::YieldOp::create(b, loc, at(first));
      b.setInsertionPointToStart(found.elseBlock());
      scf::YieldOp::create(b, loc, value);
    }
    Value passes = arith::XOrIOp::create(b, loc, isOutside,
                                         arith::ConstantOp::create(b, loc, b.getBoolAttr(true)));
    passes = arith::AndIOp::create(b, loc, isFirst, passes);
    Value one = arith::ExtUIOp::create(b, loc, b.getI64Type(), passes);
    Value results[] = {arith::AddIOp::create(b, loc, passed, one),
                       arith::SelectOp::create(b, loc, fails, wide(first), place),
                       found.getResult(0)};
    return tensor::FromElementsOp::create(b, loc, before.getType(), results);
  }

private:
  // Numbers that stand for sizes that each run chooses are computed by buddy-tosa-dynamic-sizes.
  Value index(int64_t size) { return arith::ConstantIndexOp::create(b, loc, size); }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
  }
  Value wide(Value index) { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); }
  Value compare(arith::CmpIPredicate how, Value a, Value c) {
    return arith::CmpIOp::create(b, loc, how, a, c);
  }
  Value at(Value place) {
    Value value = tensor::ExtractOp::create(b, loc, indices, ValueRange{place});
    return value.getType().isInteger(64)
               ? value
               : arith::ExtSIOp::create(b, loc, b.getI64Type(), value).getResult();
  }

  OpBuilder &b;
  Location loc;
  Value indices, zero, count;
};

struct LowerCheckIndices : OpConversionPattern<graph::CheckIndicesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(graph::CheckIndicesOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    TosaBuilder t(rewriter, op.getLoc());
    int64_t count = llvm::product_of(TosaBuilder::shapeOf(adaptor.getIndices()));
    Check check(rewriter, op.getLoc(), t.reshape(adaptor.getIndices(), {count}));
    Value first = check.firstOutside(*numberOfSize(op.getLowest()), *numberOfSize(op.getHighest()));
    rewriter.replaceOp(op, check.findings(adaptor.getBefore(), first));
    return success();
  }
};

} // namespace

void buddy::frontend::populateChecksToTosa(TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerNoFindings, LowerCheckIndices>(types, patterns.getContext());
}
