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

// As many terms as each run has: a running sum in f64, which loses none of them, rounded once. It
// starts from zero and joins what the op starts from.
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
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
  auto rounded = linalg::GenericOp::create(
      b, loc, TypeRange{type}, ValueRange{wide.getResult(0)}, ValueRange{init},
      ArrayRef<AffineMap>{identity, identity}, parallel,
      [](OpBuilder &body, Location l, ValueRange args) {
        Value sum = arith::TruncFOp::create(body, l, body.getF32Type(), args[0]);
        linalg::YieldOp::create(body, l, arith::AddFOp::create(body, l, args[1], sum).getResult());
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
    linalg::LinalgOp whole = op;
    if (int64_t rest = terms % partial) {
      rewriter.setInsertionPoint(op);
      auto parts = linalg::splitOp(rewriter, cast<TilingInterface>(op.getOperation()), loop,
                                   rewriter.getIndexAttr(terms - rest));
      whole = dyn_cast_or_null<linalg::LinalgOp>(parts.first.getOperation());
      if (!whole)
        return op.emitError("this sum cannot be split");
    }
    rewriter.setInsertionPoint(whole);
    // The partial sums are the last dimension, which lies in vector lanes.
    auto control = [&](linalg::LinalgOp sum) {
      linalg::SplitReductionOptions options;
      options.ratio = partial;
      options.index = sum.getRank(sum.getDpsInitOperand(0));
      options.innerParallel = true;
      return options;
    };
    // What upstream cannot split (a sum over an index, say) stays one sum.
    FailureOr<linalg::SplitReductionResult> result =
        linalg::splitReduction(rewriter, whole, control);
    if (failed(result))
      return success();
    auto combined = dyn_cast<linalg::GenericOp>(result->resultCombiningLinalgOp.getOperation());
    if (combined && sumLoop(combined))
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
    // The sum of the partial sums may be long again.
    while (!sums.empty())
      if (failed(split(rewriter, sums.pop_back_val(), sums)))
        return signalPassFailure();
  }
};
} // namespace
