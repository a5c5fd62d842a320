// Long sums -> partial sums side by side.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_SPLITSUMSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

// A sum of no more terms than this may be a single running one: eager PyTorch's lanes have as many.
static constexpr int64_t kShortSum = 16;

// The loop that `op` sums over in f32, if that is all it reduces.
static std::optional<unsigned> sumLoop(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 1 ||
      !getElementTypeOrSelf(op.getResult(0).getType()).isF32() || succeeded(matchContraction(op)))
    return std::nullopt;
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) || combiners.size() != 1 ||
      !isa<arith::AddFOp>(combiners[0]))
    return std::nullopt;
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  return loops[0];
}

// The sum over `loop` as `partial` sums side by side in a new last dimension, and the sum of those,
// which is returned. Not upstream's splitReduction: that takes static results alone, and leaves a
// `linalg.index` of the loop as it is, which then counts blocks instead of terms.
static linalg::GenericOp splitLoop(RewriterBase &b, linalg::GenericOp op, unsigned loop,
                                   int64_t partial) {
  Location loc = op.getLoc();
  unsigned loops = op.getNumLoops();
  // The lanes are the loop behind it; later ones move on by one.
  AffineExpr block = b.getAffineDimExpr(loop), lane = b.getAffineDimExpr(loop + 1);
  int64_t terms = op.getStaticLoopRanges()[loop];
  // The operands in whose maps the loop occurs get a dimension of lanes behind it.
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(operand).shiftDims(1, loop + 1);
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    SmallVector<AffineExpr> exprs;
    SmallVector<ReassociationIndices> groups;
    SmallVector<OpFoldResult> sizes;
    SmallVector<int64_t> shape;
    int64_t at = 0;
    for (auto [d, expr] : llvm::enumerate(map.getResults())) {
      bool isSummed = expr == block;
      // A window's place, say, is counted in terms.
      exprs.push_back(isSummed ? expr : expr.replace(block, block * partial + lane));
      groups.push_back({at++});
      shape.push_back(isSummed ? terms / partial : type.getDimSize(d));
      sizes.push_back(isSummed ? OpFoldResult(b.getIndexAttr(terms / partial))
                               : sizeAlong(b, loc, operand->get(), d));
      if (!isSummed)
        continue;
      exprs.push_back(lane);
      groups.back().push_back(at++);
      shape.push_back(partial);
      sizes.push_back(b.getIndexAttr(partial));
    }
    Value input = operand->get();
    if (type && at != type.getRank())
      input = tensor::ExpandShapeOp::create(
          b, loc, RankedTensorType::get(shape, type.getElementType()), input, groups, sizes);
    inputs.push_back(input);
    maps.push_back(AffineMap::get(loops + 1, 0, exprs, b.getContext()));
  }
  Value init = op.getDpsInits()[0];
  AffineMap outMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0)).shiftDims(1, loop + 1);
  SmallVector<AffineExpr> outExprs(outMap.getResults());
  outExprs.push_back(lane);
  maps.push_back(AffineMap::get(loops + 1, 0, outExprs, b.getContext()));
  SmallVector<OpFoldResult> sizes = sizesOf(b, loc, init);
  sizes.push_back(b.getIndexAttr(partial));
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
  Value start = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.insert(iterators.begin() + loop + 1, utils::IteratorType::parallel);
  auto partialSums = linalg::GenericOp::create(b, loc, TypeRange{start.getType()}, inputs,
                                               ValueRange{start}, maps, iterators);
  IRMapping mapping;
  op.getRegion().cloneInto(&partialSums.getRegion(), mapping);
  SmallVector<linalg::IndexOp> indices;
  partialSums.walk([&](linalg::IndexOp index) { indices.push_back(index); });
  for (linalg::IndexOp index : indices) {
    if (index.getDim() > loop)
      index.setDim(index.getDim() + 1);
    else if (index.getDim() == loop) {
      // Of the term, from that of the block.
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointAfter(index);
      Value lanes = arith::ConstantIndexOp::create(b, loc, partial);
      Value first = arith::MulIOp::create(b, loc, index, lanes);
      Value term = arith::AddIOp::create(b, loc, first, linalg::IndexOp::create(b, loc, loop + 1));
      b.replaceAllUsesExcept(index, term, first.getDefiningOp());
    }
  }
  // (out..., lane) to (out...)
  unsigned rank = outMap.getNumResults();
  SmallVector<utils::IteratorType> parallel(rank, utils::IteratorType::parallel);
  parallel.push_back(utils::IteratorType::reduction);
  SmallVector<AffineMap> combine = {b.getMultiDimIdentityMap(rank + 1),
                                    b.getMultiDimIdentityMap(rank + 1).dropResult(rank)};
  auto combined = linalg::GenericOp::create(
      b, loc, TypeRange{init.getType()}, ValueRange{partialSums.getResult(0)}, ValueRange{init},
      combine, parallel, [](OpBuilder &body, Location l, ValueRange args) {
        linalg::YieldOp::create(body, l,
                                arith::AddFOp::create(body, l, args[1], args[0]).getResult());
      });
  b.replaceOp(op, combined.getResults());
  return combined;
}

// As many terms as each run has, from zero: a running sum in f64, which loses none of them, rounded
// once.
static void sumInDouble(RewriterBase &b, linalg::GenericOp op) {
  Location loc = op.getLoc();
  b.setInsertionPoint(op);
  Value init = op.getDpsInits()[0];
  auto type = cast<RankedTensorType>(init.getType());
  Value zero = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, sizesOf(b, loc, init), b.getF64Type());
  Value start = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  auto wide = linalg::GenericOp::create(
      b, loc, TypeRange{start.getType()}, op.getDpsInputs(), ValueRange{start},
      op.getIndexingMapsArray(), op.getIteratorTypesArray(),
      [&](OpBuilder &body, Location l, ValueRange args) {
        IRMapping mapping;
        mapping.map(op.getBody()->getArguments().drop_back(), args.drop_back());
        Value term;
        for (Operation &inner : op.getBody()->without_terminator()) {
          // The addition to the running sum is the last.
          if (&inner == op.getBody()->getTerminator()->getOperand(0).getDefiningOp()) {
            Value sum = op.getBody()->getArguments().back();
            auto add = cast<arith::AddFOp>(inner);
            term = mapping.lookupOrDefault(add.getLhs() == sum ? add.getRhs() : add.getLhs());
            continue;
          }
          body.clone(inner, mapping);
        }
        term = arith::ExtFOp::create(body, l, body.getF64Type(), term);
        linalg::YieldOp::create(body, l,
                                arith::AddFOp::create(body, l, args.back(), term).getResult());
      });
  Value target = tensor::EmptyOp::create(b, loc, sizesOf(b, loc, init), b.getF32Type());
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
  auto rounded = linalg::GenericOp::create(
      b, loc, TypeRange{type}, ValueRange{wide.getResult(0)}, ValueRange{target}, maps, parallel,
      [](OpBuilder &body, Location l, ValueRange args) {
        Value sum = arith::TruncFOp::create(body, l, body.getF32Type(), args[0]);
        linalg::YieldOp::create(body, l, sum);
      });
  b.replaceOp(op, rounded.getResults());
}

namespace {
struct SplitSums : buddy::impl::SplitSumsPassBase<SplitSums> {
  static LogicalResult split(RewriterBase &rewriter, linalg::GenericOp op,
                             SmallVectorImpl<linalg::GenericOp> &sums) {
    unsigned loop = *sumLoop(op);
    int64_t terms = op.getStaticLoopRanges()[loop];
    if (ShapedType::isDynamic(terms)) {
      sumInDouble(rewriter, op);
      return success();
    }
    if (terms <= kShortSum)
      return success();
    // About as many partial sums as terms in each of them, in whole vectors.
    int64_t partial = kShortSum;
    while (partial * partial < terms)
      partial *= 2;
    linalg::GenericOp whole = op;
    // The terms that fill no block of them come first: one by one they would meet the total.
    if (int64_t rest = terms % partial) {
      rewriter.setInsertionPoint(op);
      auto parts = linalg::splitOp(rewriter, cast<TilingInterface>(op.getOperation()), loop,
                                   rewriter.getIndexAttr(rest));
      whole = dyn_cast_or_null<linalg::GenericOp>(parts.second.getOperation());
      auto first = dyn_cast_or_null<linalg::GenericOp>(parts.first.getOperation());
      if (!whole || !first || !sumLoop(first))
        return op.emitError("this sum cannot be split");
      sums.push_back(first);
    }
    rewriter.setInsertionPoint(whole);
    linalg::GenericOp combined = splitLoop(rewriter, whole, loop, partial);
    if (sumLoop(combined))
      sums.push_back(combined);
    return success();
  }

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> sums;
    getOperation().walk([&](linalg::GenericOp op) {
      if (sumLoop(op))
        sums.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    // What is added to is often far larger than the terms: they are summed before they meet it.
    for (linalg::GenericOp op : sums)
      if (!isZeroFill(op.getDpsInits()[0]))
        startFromZero(rewriter, op);
    // The sum of the partial sums may be long again.
    while (!sums.empty())
      if (failed(split(rewriter, sums.pop_back_val(), sums)))
        return signalPassFailure();
  }
};
} // namespace
