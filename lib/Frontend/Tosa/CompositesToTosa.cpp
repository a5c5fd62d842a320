// The fused ops of the graph dialect -> calls of private functions whose bodies are their plain
// meaning. A compiler that does not know the tag inlines them; ours swaps the call for a fused
// kernel.
#include "CompositeBodies.h"
#include "Patterns.h"
#include "TosaBuilder.h"
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include <limits>

using namespace mlir;
using namespace buddy;
using namespace buddy::frontend;

// Which keys each query sees, broadcastable to [B, H, Sq, Skv]; null if all of them.
static Value keptKeys(TosaBuilder &t, graph::AttentionOp op, Value keep) {
  Value kept = keep;
  if (op.getCausal()) {
    int64_t queries = TosaBuilder::shapeOf(op.getQuery())[2];
    int64_t keys = TosaBuilder::shapeOf(op.getKey())[2];
    Value seen = t.compare<tosa::GreaterEqualOp>(t.indices(queries, 0, 2, 4), // [1, 1, Sq, 1]
                                                 t.indices(keys, 0, 3, 4));   // [1, 1, 1, Skv]
    kept = kept ? t.binary<tosa::LogicalAndOp>(kept, seen) : seen;
  }
  if (op.getWindow()) {
    int64_t queries = TosaBuilder::shapeOf(op.getQuery())[2];
    int64_t keys = TosaBuilder::shapeOf(op.getKey())[2];
    // A window longer than the queries excludes nothing; i32 holds the differences.
    int64_t window = std::min<int64_t>(*op.getWindow(), queries);
    Value seen =
        t.compare<tosa::GreaterOp>(t.indices(keys, 0, 3, 4), t.indices(queries, -window, 2, 4));
    kept = kept ? t.binary<tosa::LogicalAndOp>(kept, seen) : seen;
  }
  return kept;
}

// softmax over the keys of scores [B, H, Sq, Skv], where an excluded key has -inf. `emptyRows`: the
// weights of a row without keys are "zero", "nan", or all the same ("mean").
static Value softmaxOfKept(TosaBuilder &t, Value scores, StringRef emptyRows) {
  Type f32 = TosaBuilder::elementOf(scores);
  Value max = t.reduce<tosa::ReduceMaxOp>(scores, 3); // [B, H, Sq, 1]
  // A row of -inf must not become -inf - -inf. Whether tosa.reduce_max gives -inf or the lowest
  // finite number for it, after this line exp gives zeros.
  double lowest = f32.isF64() ? std::numeric_limits<double>::lowest()
                              : double(std::numeric_limits<float>::lowest());
  if (emptyRows != "nan")
    max = t.binary<tosa::MaximumOp>(max, t.scalar(f32, lowest, 4));
  Value exp = t.unary<tosa::ExpOp>(t.binary<tosa::SubOp>(scores, max));
  Value sum = t.reduce<tosa::ReduceSumOp>(exp, 3);
  // The largest score gives exp(0) = 1: a sum of zero is a row without keys, and only that.
  if (emptyRows != "nan") {
    Value isEmpty = t.compare<tosa::EqualOp>(sum, t.scalar(f32, 0, 4)), one = t.scalar(f32, 1, 4);
    bool isMean = emptyRows == "mean";
    double keys = TosaBuilder::shapeOf(scores).back();
    exp = isMean ? t.select(isEmpty, one, exp) : exp;
    sum = t.select(isEmpty, isMean ? t.scalar(f32, keys, 4) : one, sum);
  }
  return t.mul(exp, t.unary<tosa::ReciprocalOp>(sum));
}

static Value attentionBody(TosaBuilder &t, graph::AttentionOp op, ValueRange args) {
  Value query = args[0], key = args[1], value = args[2];
  ArrayRef<int64_t> q = TosaBuilder::shapeOf(query), k = TosaBuilder::shapeOf(key);
  int64_t b = q[0], h = q[1], sq = q[2], d = q[3], hkv = k[1], skv = k[2];
  int64_t dv = TosaBuilder::shapeOf(value)[3], groups = b * hkv, rows = h / hkv * sq;
  Value keep = op.getKeep() ? args[3] : Value(), bias = op.getBias() ? args.back() : Value();

  // The query heads that share a key head are more rows of one matrix: nothing is repeated.
  Value keyT = t.reshape(t.transpose(key, {0, 1, 3, 2}), {groups, d, skv});
  Value scores = t.matmul(t.reshape(query, {groups, rows, d}), keyT);
  scores = t.reshape(scores, {b, h, sq, skv});
  scores =
      t.mul(scores, t.scalar(TosaBuilder::elementOf(scores), op.getScale().convertToDouble(), 4));
  if (op.getSoftcap()) {
    double cap = op.getSoftcap()->convertToDouble();
    Type f32 = TosaBuilder::elementOf(scores);
    scores = t.unary<tosa::TanhOp>(t.mul(scores, t.scalar(f32, 1 / cap, 4)));
    scores = t.mul(scores, t.scalar(f32, cap, 4));
  }
  if (bias)
    scores = t.binary<tosa::AddOp>(scores, bias);
  if (Value kept = keptKeys(t, op, keep))
    scores = t.select(
        kept, scores,
        t.scalar(TosaBuilder::elementOf(scores), -std::numeric_limits<double>::infinity(), 4));

  // Causality alone leaves every query its first key.
  bool mayBeEmpty = keep || bias || op.getWindow();
  Value weights = softmaxOfKept(t, scores, mayBeEmpty ? op.getEmptyRows() : "nan");
  Value result =
      t.matmul(t.reshape(weights, {groups, rows, skv}), t.reshape(value, {groups, skv, dv}));
  return t.reshape(result, {b, h, sq, dv});
}

static DictionaryAttr attentionAttributes(graph::AttentionOp op) {
  Builder b(op.getContext());
  SmallVector<NamedAttribute> fields = {
      b.getNamedAttr("scale", op.getScaleAttr()),
      b.getNamedAttr("causal", b.getBoolAttr(op.getCausal())),
      b.getNamedAttr("empty_rows", op.getEmptyRowsAttr()),
      b.getNamedAttr("keep", b.getBoolAttr(bool(op.getKeep()))),
      b.getNamedAttr("bias", b.getBoolAttr(bool(op.getBias()))),
  };
  if (op.getWindow())
    fields.push_back(b.getNamedAttr("window", op.getWindowAttr()));
  if (op.getSoftcap())
    fields.push_back(b.getNamedAttr("softcap", op.getSoftcapAttr()));
  return b.getDictionaryAttr(fields);
}

// x / sqrt(mean(x x) + eps), times the weight.
static Value rmsNormBody(TosaBuilder &t, graph::RmsNormOp op, ValueRange args) {
  Value x = args[0];
  Type element = TosaBuilder::elementOf(x);
  int64_t rank = TosaBuilder::shapeOf(x).size(), size = TosaBuilder::shapeOf(x).back();
  Value sum = t.reduce<tosa::ReduceSumOp>(t.mul(x, x), rank - 1);
  Value mean = t.divide(sum, t.size(size, element, rank));
  Value shifted =
      t.binary<tosa::AddOp>(mean, t.scalar(element, op.getEps().convertToDouble(), rank));
  Value normed = t.mul(x, t.unary<tosa::RsqrtOp>(shifted));
  return op.getWeight() ? t.mul(normed, args[1]) : normed;
}

static DictionaryAttr rmsNormAttributes(graph::RmsNormOp op) {
  Builder b(op.getContext());
  return b.getDictionaryAttr({b.getNamedAttr("eps", op.getEpsAttr())});
}

// gate sigmoid(gate) up
static Value swigluBody(TosaBuilder &t, ValueRange args) {
  return t.mul(t.mul(args[0], t.unary<tosa::SigmoidOp>(args[0])), args[1]);
}

// x cos + (-x2, x1) sin, with x1 and x2 the halves of the last dimension, or those of each pair.
static Value ropeBody(TosaBuilder &t, graph::RopeOp op, ValueRange args) {
  Value x = args[0], cos = args[1], sin = args[2], parts = x;
  SmallVector<int64_t> shape(TosaBuilder::shapeOf(x));
  int64_t last = shape.size() - 1, half = shape[last] / 2;
  if (op.getInterleaved()) {
    SmallVector<int64_t> pairs(shape);
    pairs.back() = half;
    pairs.push_back(2);
    parts = t.reshape(x, pairs);
    ++last, half = 1;
  }
  Value x1 = t.sliceDim(parts, last, 0, half), x2 = t.sliceDim(parts, last, half, half);
  Value rotated = t.reshape(t.concat({t.negate(x2), x1}, last), shape);
  return t.binary<tosa::AddOp>(t.mul(x, cos), t.mul(rotated, sin));
}

// None for the half-split form.
static DictionaryAttr ropeAttributes(graph::RopeOp op) {
  Builder b(op.getContext());
  if (!op.getInterleaved())
    return {};
  return b.getDictionaryAttr({b.getNamedAttr("interleaved", b.getBoolAttr(true))});
}

namespace {

// The composite functions made so far: equal ones share a function.
class Composites {
public:
  explicit Composites(ModuleOp module) : module(module), symbols(module) {}

  // Replaces `op` by a call of the function of this kind, these attributes and op's types; `body`
  // makes the result from the function's arguments if it does not exist yet. Of f64 there is
  // nothing but arithmetic: the others are their plain meaning there.
  void outline(Operation *op, StringRef kind, DictionaryAttr attributes,
               function_ref<Value(TosaBuilder &, ValueRange)> body) {
    bool isArithmetic = !arithmeticComposite(op).empty();
    if (TosaBuilder::elementOf(op->getResult(0)).isF64() && !isArithmetic) {
      OpBuilder builder(op);
      TosaBuilder tosa(builder, op->getLoc());
      op->replaceAllUsesWith(ValueRange(body(tosa, op->getOperands())));
      op->erase();
      return;
    }
    auto type = FunctionType::get(op->getContext(), op->getOperandTypes(), op->getResultTypes());
    func::FuncOp &func = made[{kind, type, attributes}];
    if (!func)
      func = create(op->getLoc(), kind, type, attributes, body);
    OpBuilder builder(op);
    op->replaceAllUsesWith(func::CallOp::create(builder, op->getLoc(), func, op->getOperands()));
    op->erase();
  }

private:
  func::FuncOp create(Location loc, StringRef kind, FunctionType type, DictionaryAttr attributes,
                      function_ref<Value(TosaBuilder &, ValueRange)> body) {
    int64_t number = 0;
    while (symbols.lookup((kind + "_" + Twine(number)).str()))
      ++number;
    OpBuilder builder(module.getContext());
    builder.setInsertionPointToEnd(module.getBody());
    auto func = func::FuncOp::create(builder, loc, (kind + "_" + Twine(number)).str(), type);
    func.setPrivate();
    func->setAttr("buddy.composite", builder.getStringAttr(kind));
    if (attributes)
      func->setAttr(("buddy." + kind).str(), attributes);
    symbols.insert(func);

    Block *entry = func.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    TosaBuilder tosa(builder, loc);
    Value result = body(tosa, entry->getArguments());
    func::ReturnOp::create(builder, loc, result);
    return func;
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::DenseMap<std::tuple<StringRef, Type, Attribute>, func::FuncOp> made;
};

} // namespace

// In the other composites' bodies as well.
static void outlineArithmetic(ModuleOp module, Composites &composites) {
  module.walk([](graph::MeanOp op) {
    OpBuilder builder(op);
    spellOutMean(builder, op);
  });
  SmallVector<std::pair<Operation *, StringRef>> ops;
  module.walk([&](Operation *op) {
    StringRef kind = arithmeticComposite(op);
    if (!kind.empty())
      ops.push_back({op, kind});
  });
  for (auto [op, kind] : ops)
    composites.outline(op, kind, DictionaryAttr(), [kind](TosaBuilder &t, ValueRange args) {
      return arithmeticBody(t, kind, args);
    });
}

LogicalResult buddy::frontend::outlineComposites(ModuleOp module) {
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) {
    if (isa<graph::AttentionOp, graph::RopeOp, graph::RmsNormOp, graph::LayerNormOp,
            graph::SwigluOp, graph::GeluOp>(op))
      ops.push_back(op);
    else if (auto cumsum = dyn_cast<graph::CumsumOp>(op); cumsum && isCumsumComposite(cumsum))
      ops.push_back(op);
  });
  Composites composites(module);
  for (Operation *op : ops) {
    if (auto attention = dyn_cast<graph::AttentionOp>(op))
      composites.outline(
          op, "attention", attentionAttributes(attention),
          [&](TosaBuilder &t, ValueRange args) { return attentionBody(t, attention, args); });
    else if (auto norm = dyn_cast<graph::RmsNormOp>(op))
      composites.outline(
          op, "rms_norm", rmsNormAttributes(norm),
          [&](TosaBuilder &t, ValueRange args) { return rmsNormBody(t, norm, args); });
    else if (isa<graph::SwigluOp>(op))
      composites.outline(op, "swiglu", DictionaryAttr(), swigluBody);
    else if (auto norm = dyn_cast<graph::LayerNormOp>(op))
      composites.outline(
          op, "layer_norm", layerNormAttributes(norm),
          [&](TosaBuilder &t, ValueRange args) { return layerNormBody(t, norm, args); });
    else if (auto gelu = dyn_cast<graph::GeluOp>(op))
      composites.outline(op, "gelu", geluAttributes(gelu),
                         [&](TosaBuilder &t, ValueRange args) { return geluBody(t, gelu, args); });
    else if (auto cumsum = dyn_cast<graph::CumsumOp>(op))
      composites.outline(
          op, "cumsum", cumsumAttributes(cumsum),
          [&](TosaBuilder &t, ValueRange args) { return cumsumBody(t, cumsum.getDim(), args[0]); });
    else if (auto rope = dyn_cast<graph::RopeOp>(op))
      composites.outline(op, "rope", ropeAttributes(rope),
                         [&](TosaBuilder &t, ValueRange args) { return ropeBody(t, rope, args); });
  }
  outlineArithmetic(module, composites);
  return success();
}
