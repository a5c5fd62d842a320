// Weights take the layout their contractions read; the recipe of params.bin.
#include "PackContraction.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_PACKPARAMETERSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
// A parameter as arg0.data holds it.
struct Parameter {
  StringAttr name;
  int64_t offset; // in elements
  RankedTensorType type;
};

// Parameters one after the other along one dimension, as `forward` prepares them for a subgraph.
struct Prepared {
  SmallVector<Parameter> sources;
  RankedTensorType type;
};

// How a subgraph reads a prepared argument.
struct Use {
  linalg::GenericOp contraction;
  bool transposed; // the weight is [K, N], not [N, K]
};

// What becomes of an argument whose contractions read panels.
struct Panels {
  SmallVector<Use> uses;
  bool transposed;
};

struct PackParameters : buddy::impl::PackParametersPassBase<PackParameters> {
  using Base::Base;

  SmallVector<Parameter> parameters;
  SmallVector<Attribute> recipe;
  DenseMap<Attribute, int64_t> places; // recipe entry without its offset -> where it lies
  int64_t bytes = 0;
  Value blob; // forward's new first argument: params.bin as bytes

  void runOnOperation() override;
  LogicalResult readParameters(func::FuncOp forward);
  void readPlaces();
  std::optional<Prepared> prepared(Value value, Value arg0);
  std::optional<SmallVector<Use>> weightUses(BlockArgument arg);
  Value place(OpBuilder &builder, Location loc, const Prepared &value, RankedTensorType type,
              ArrayRef<NamedAttribute> fields);
  Value placePlain(OpBuilder &builder, Location loc, const Prepared &value);
  std::optional<Panels> choosePanels(BlockArgument arg, ArrayRef<std::optional<Prepared>> values);
  void packSubgraph(func::FuncOp subgraph, ArrayRef<func::CallOp> calls, Value arg0);
};
} // namespace

LogicalResult PackParameters::readParameters(func::FuncOp forward) {
  auto list = getOperation()->getAttrOfType<ArrayAttr>("buddy.parameters");
  if (!list)
    return getOperation().emitError("module attribute buddy.parameters is missing");
  int64_t offset = 0;
  for (Attribute entry : list) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto name = fields ? fields.getAs<StringAttr>("name") : StringAttr();
    auto typeAttr = fields ? fields.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!name || !type || !type.hasStaticShape())
      return getOperation().emitError(
          "buddy.parameters: each entry needs a name and a static tensor type");
    parameters.push_back({name, offset, type});
    offset += type.getNumElements();
  }
  auto type = forward.getNumArguments()
                  ? dyn_cast<RankedTensorType>(forward.getArgument(0).getType())
                  : RankedTensorType();
  if (!type || type.getRank() != 1 || !type.getElementType().isF32())
    return forward.emitError("the first argument of forward must be arg0.data, tensor<N x f32>");
  return success();
}

// Programs that are packed after others share what those have: the recipe so far is on the module.
void PackParameters::readPlaces() {
  auto known = getOperation()->getAttrOfType<ArrayAttr>("buddy.params");
  auto size = getOperation()->getAttrOfType<IntegerAttr>("buddy.params_bytes");
  if (!known || !size)
    return;
  bytes = size.getInt();
  for (Attribute attribute : known) {
    auto fields = dyn_cast<DictionaryAttr>(attribute);
    auto offset = fields ? fields.getAs<IntegerAttr>("offset") : IntegerAttr();
    if (!offset)
      continue;
    NamedAttrList entry(fields);
    entry.erase("offset");
    places.try_emplace(entry.getDictionary(&getContext()), offset.getInt());
    recipe.push_back(attribute);
  }
}

// Reads slice / reshape / join of arg0 back into the parameters it takes.
std::optional<Prepared> PackParameters::prepared(Value value, Value arg0) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return std::nullopt;
  // A parameter that is all of arg0 is not cut out of it.
  if (value == arg0) {
    for (const Parameter &parameter : parameters)
      if (parameter.type.getNumElements() == type.getNumElements())
        return Prepared{{parameter}, type};
    return std::nullopt;
  }
  if (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>()) {
    // The slice of a scalar parameter may have dropped its only dimension.
    if (slice.getSource() != arg0 || slice.getStaticStrides() != ArrayRef<int64_t>{1})
      return std::nullopt;
    for (const Parameter &parameter : parameters)
      if (parameter.offset == slice.getStaticOffsets()[0] &&
          parameter.type.getNumElements() == type.getNumElements())
        return Prepared{{parameter}, type};
    return std::nullopt;
  }
  if (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(value.getDefiningOp())) {
    std::optional<Prepared> source = prepared(value.getDefiningOp()->getOperand(0), arg0);
    if (!source || source->sources.size() != 1)
      return std::nullopt;
    source->type = type;
    return source;
  }
  // A chain of insertions that fills an empty tensor along dimension 0.
  SmallVector<tensor::InsertSliceOp> chain;
  Value destination = value;
  while (auto insert = destination.getDefiningOp<tensor::InsertSliceOp>()) {
    chain.push_back(insert);
    destination = insert.getDest();
  }
  if (chain.empty() || !destination.getDefiningOp<tensor::EmptyOp>())
    return std::nullopt;
  Prepared joined{{}, type};
  int64_t at = 0;
  for (tensor::InsertSliceOp insert : llvm::reverse(chain)) {
    std::optional<Prepared> part = prepared(insert.getSource(), arg0);
    SmallVector<int64_t> offsets(type.getRank(), 0);
    offsets[0] = at;
    if (!part || part->sources.size() != 1 || insert.getSourceType().getRank() != type.getRank() ||
        insert.getStaticOffsets() != ArrayRef<int64_t>(offsets) || !insert.hasUnitStride() ||
        insert.getSourceType().getShape().drop_front() != type.getShape().drop_front())
      return std::nullopt;
    at += insert.getSourceType().getDimSize(0);
    joined.sources.push_back(part->sources[0]);
  }
  return at == type.getDimSize(0) ? std::optional(joined) : std::nullopt;
}

// The contractions that read `arg` as their weight, if nothing else reads it and all in one way.
std::optional<SmallVector<Use>> PackParameters::weightUses(BlockArgument arg) {
  SmallVector<Use> uses;
  for (OpOperand &operand : arg.getUses()) {
    auto op = dyn_cast<linalg::GenericOp>(operand.getOwner());
    FailureOr<Contraction> dims = op ? matchContraction(op) : FailureOr<Contraction>(failure());
    if (failed(dims) || operand.getOperandNumber() != 1 || !dims->batch.empty() ||
        dims->m.size() > 1 || dims->n.size() != 1 || dims->k.size() != 1)
      return std::nullopt;
    MLIRContext *context = op.getContext();
    AffineExpr n = getAffineDimExpr(dims->n[0], context), k = getAffineDimExpr(dims->k[0], context);
    ArrayRef<AffineExpr> weight = op.getMatchingIndexingMap(&operand).getResults();
    SmallVector<AffineExpr> result, input;
    for (unsigned dim : dims->m) {
      result.push_back(getAffineDimExpr(dim, context));
      input.push_back(getAffineDimExpr(dim, context));
    }
    result.push_back(n);
    input.push_back(k);
    bool isNK = weight == ArrayRef<AffineExpr>{n, k}, isKN = weight == ArrayRef<AffineExpr>{k, n};
    if ((!isNK && !isKN) ||
        op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getResults() !=
            ArrayRef<AffineExpr>(result) ||
        op.getMatchingIndexingMap(op.getDpsInputOperand(0)).getResults() !=
            ArrayRef<AffineExpr>(input) ||
        (!uses.empty() && uses[0].transposed != isKN))
      return std::nullopt;
    uses.push_back({op, isKN});
  }
  return uses.empty() ? std::nullopt : std::optional(uses);
}

// Gives the value a range of params.bin, the one it has if it has one in that layout, and returns
// it as a tensor of `type` that reads it.
Value PackParameters::place(OpBuilder &b, Location loc, const Prepared &value,
                            RankedTensorType type, ArrayRef<NamedAttribute> fields) {
  int64_t size = type.getNumElements() * 4;
  SmallVector<Attribute> names;
  for (const Parameter &source : value.sources)
    names.push_back(source.name);
  SmallVector<NamedAttribute> entry(fields);
  entry.push_back(b.getNamedAttr("sources", b.getArrayAttr(names)));
  entry.push_back(b.getNamedAttr("bytes", b.getI64IntegerAttr(size)));
  // A large one begins with a huge page, so that it can be mapped by itself; little beside it is
  // lost.
  constexpr int64_t large = 32 << 20, hugePage = 2 << 20;
  int64_t next = size >= large ? llvm::alignTo(bytes, hugePage) : bytes;
  auto [at, isNew] = places.try_emplace(b.getDictionaryAttr(entry), next);
  int64_t start = at->second;
  if (isNew) {
    entry.push_back(b.getNamedAttr("offset", b.getI64IntegerAttr(start)));
    recipe.push_back(b.getDictionaryAttr(entry));
    bytes = llvm::alignTo(start + size, 64);
  }
  Value offset = arith::ConstantIndexOp::create(b, loc, start);
  auto memref = MemRefType::get(type.getShape(), type.getElementType());
  Value view = memref::ViewOp::create(b, loc, memref, blob, offset, ValueRange{});
  return bufferization::ToTensorOp::create(b, loc, type, view, /*restrict=*/true);
}

Value PackParameters::placePlain(OpBuilder &b, Location loc, const Prepared &value) {
  return place(b, loc, value, value.type,
               {b.getNamedAttr("kind", b.getStringAttr("plain")),
                b.getNamedAttr("elements", b.getI64IntegerAttr(value.type.getNumElements()))});
}

// The layout of argument `index` of a subgraph for the values that its calls pass: one layout, for
// there is one subgraph. Null: as it lies.
std::optional<Panels> PackParameters::choosePanels(BlockArgument arg,
                                                   ArrayRef<std::optional<Prepared>> values) {
  std::optional<SmallVector<Use>> uses = weightUses(arg);
  if (!uses)
    return std::nullopt;
  Panels panels{*uses, (*uses)[0].transposed};
  for (const std::optional<Prepared> &value : values)
    // A joined weight [K, N] is joined along K, which the recipe does not say.
    if (!value || value->type.getRank() != 2 || (panels.transposed && value->sources.size() != 1))
      return std::nullopt;
  return panels;
}

void PackParameters::packSubgraph(func::FuncOp subgraph, ArrayRef<func::CallOp> calls, Value arg0) {
  OpBuilder b(subgraph.getContext());
  int64_t tile = 2 * lanes;
  SmallVector<Type> inputTypes(subgraph.getArgumentTypes());
  for (BlockArgument arg : subgraph.getArguments()) {
    unsigned i = arg.getArgNumber();
    SmallVector<std::optional<Prepared>> values;
    for (func::CallOp call : calls)
      values.push_back(prepared(call.getOperand(i), arg0));
    std::optional<Panels> panels = choosePanels(arg, values);
    for (auto [one, value] : llvm::zip_equal(calls, values)) {
      func::CallOp call = one;
      if (!value)
        continue;
      b.setInsertionPoint(call);
      Location loc = call.getOperand(i).getLoc();
      if (!panels) {
        call.setOperand(i, placePlain(b, loc, *value));
        continue;
      }
      int64_t rows = value->type.getDimSize(panels->transposed ? 1 : 0);
      int64_t cols = value->type.getDimSize(panels->transposed ? 0 : 1);
      auto type = RankedTensorType::get({(rows + tile - 1) / tile, cols, tile}, b.getF32Type());
      SmallVector<NamedAttribute> fields = {b.getNamedAttr("kind", b.getStringAttr("panels")),
                                            b.getNamedAttr("rows", b.getI64IntegerAttr(rows)),
                                            b.getNamedAttr("cols", b.getI64IntegerAttr(cols)),
                                            b.getNamedAttr("tile", b.getI64IntegerAttr(tile))};
      if (panels->transposed)
        fields.push_back(b.getNamedAttr("transposed", b.getBoolAttr(true)));
      call.setOperand(i, place(b, loc, *value, type, fields));
      inputTypes[i] = type;
    }
    if (!panels)
      continue;
    arg.setType(inputTypes[i]);
    for (const Use &use : panels->uses)
      packContraction(use.contraction, arg);
  }
  subgraph.setType(b.getFunctionType(inputTypes, subgraph.getResultTypes()));
}

void PackParameters::runOnOperation() {
  auto forward = getOperation().lookupSymbol<func::FuncOp>("forward");
  if (!forward || forward.isExternal()) {
    getOperation().emitError("there is no function @forward");
    return signalPassFailure();
  }
  if (failed(readParameters(forward)))
    return signalPassFailure();
  readPlaces();
  // The size is not known before everything has its place: a byte vector of it replaces this type.
  Value arg0 = forward.getArgument(0);
  OpBuilder b(&forward.getBody().front(), forward.getBody().front().begin());
  auto bytesType = [&](int64_t size) { return MemRefType::get({size}, b.getI8Type()); };
  Block &entry = forward.getBody().front();
  blob = entry.insertArgument(0u, bytesType(0), forward.getLoc());

  llvm::MapVector<func::FuncOp, SmallVector<func::CallOp>> called;
  for (func::CallOp call : entry.getOps<func::CallOp>()) {
    auto subgraph = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
    if (!subgraph || subgraph.isExternal())
      continue;
    if (subgraph == forward) {
      call.emitError("forward calls itself");
      return signalPassFailure();
    }
    called[subgraph].push_back(call);
  }
  for (auto &[subgraph, calls] : called)
    packSubgraph(subgraph, calls, arg0);
  // Preparation that no recipe says stays in forward and reads its parameters unpacked.
  SmallVector<tensor::ExtractSliceOp> rest;
  for (Operation *user : arg0.getUsers())
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user))
      rest.push_back(slice);
  for (tensor::ExtractSliceOp slice : rest) {
    std::optional<Prepared> value = prepared(slice, arg0);
    if (!value || slice->use_empty()) {
      if (slice->use_empty())
        slice.erase();
      continue;
    }
    // Only what a live op reads is kept; dead preparation has gone with the calls' operands.
    bool isLive = false;
    SmallVector<Operation *> worklist(slice->getUsers());
    while (!worklist.empty() && !isLive) {
      Operation *user = worklist.pop_back_val();
      isLive = isa<func::CallOp>(user) || user->hasTrait<OpTrait::IsTerminator>();
      worklist.append(user->getUsers().begin(), user->getUsers().end());
    }
    if (!isLive)
      continue;
    OpBuilder builder(slice);
    slice.replaceAllUsesWith(placePlain(builder, slice.getLoc(), *value));
    slice.erase();
  }
  // What is left of the preparation is dead: erase it from its ends.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry)))
      if (isOpTriviallyDead(&op)) {
        op.erase();
        changed = true;
      }
  }
  if (!arg0.use_empty()) {
    forward.emitError("forward uses arg0.data in a way that has no recipe for params.bin: only "
                      "whole parameters can be read");
    return signalPassFailure();
  }
  entry.eraseArgument(1);
  bytes = llvm::alignTo(bytes, 4096);
  blob.setType(bytesType(bytes));
  SmallVector<Type> inputs(entry.getArgumentTypes());
  forward.setType(b.getFunctionType(inputs, forward.getResultTypes()));
  getOperation()->setAttr("buddy.params", b.getArrayAttr(recipe));
  getOperation()->setAttr("buddy.params_bytes", b.getI64IntegerAttr(bytes));
}
