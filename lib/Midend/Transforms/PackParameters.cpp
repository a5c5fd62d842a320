// Weights take the layout their contractions read; the recipe of params.bin.
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/SymbolTable.h"
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

struct PackParameters : buddy::impl::PackParametersPassBase<PackParameters> {
  using Base::Base;

  SmallVector<Parameter> parameters;
  SmallVector<Attribute> recipe;
  int64_t bytes = 0;
  Value blob; // forward's new first argument: params.bin as bytes

  void runOnOperation() override;
  LogicalResult readParameters(func::FuncOp forward);
  std::optional<Prepared> prepared(Value value, Value arg0);
  std::optional<SmallVector<Use>> weightUses(BlockArgument arg);
  void packContraction(const Use &use, Value panels);
  Value place(OpBuilder &builder, Location loc, const Prepared &value, RankedTensorType type,
              ArrayRef<NamedAttribute> fields);
  LogicalResult packCall(func::CallOp call, func::FuncOp subgraph, Value arg0);
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

// C[m][n] = A[m][k] W[n][k]  becomes  C[m][p][l] = A[m][k] panels[p][k][l], n = p * tile + l.
void PackParameters::packContraction(const Use &use, Value panels) {
  linalg::GenericOp op = use.contraction;
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto panelType = cast<RankedTensorType>(panels.getType());
  int64_t count = panelType.getDimSize(0), tile = panelType.getDimSize(2);
  auto resultType = cast<RankedTensorType>(op.getResult(0).getType());
  bool hasRows = resultType.getRank() == 2;
  int64_t columns = resultType.getShape().back(), padded = count * tile;
  Value init = op.getDpsInits()[0];
  if (op->hasAttr(kScheduleAttr))
    op.emitWarning() << kScheduleAttr
                     << " is for loops that packing the weight replaces by (panel, row, lane, k): "
                        "it is not kept; give a file with buddy compile --schedule";

  SmallVector<int64_t> shape; // [m][p][l]
  if (hasRows)
    shape.push_back(resultType.getDimSize(0));
  shape.append({count, tile});
  SmallVector<ReassociationIndices> groups;
  if (hasRows)
    groups.push_back({0});
  groups.push_back(hasRows ? ReassociationIndices{1, 2} : ReassociationIndices{0, 1});

  Value start;
  if (isZeroFill(init)) {
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
    Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
    start = linalg::FillOp::create(b, loc, zero, empty).getResult(0);
  } else {
    Value source = init;
    // A broadcast row is padded before it is broadcast, so that it stays something to fuse.
    auto broadcast = init.getDefiningOp<linalg::GenericOp>();
    bool isRow = broadcast && hasRows && broadcast.getNumDpsInputs() == 1 &&
                 llvm::hasSingleElement(*broadcast.getBody()) &&
                 broadcast.getIndexingMapsArray()[0] ==
                     AffineMap::get(2, 0, b.getAffineDimExpr(1), b.getContext()) &&
                 isa<RankedTensorType>(broadcast.getDpsInputs()[0].getType());
    if (isRow)
      source = broadcast.getDpsInputs()[0];
    auto sourceType = cast<RankedTensorType>(source.getType());
    if (padded != columns) {
      SmallVector<int64_t> low(sourceType.getRank(), 0), high(low),
          paddedShape(sourceType.getShape());
      high.back() = padded - columns;
      paddedShape.back() = padded;
      Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
      source = tensor::PadOp::create(b, loc, RankedTensorType::get(paddedShape, b.getF32Type()),
                                     source, getAsIndexOpFoldResult(b.getContext(), low),
                                     getAsIndexOpFoldResult(b.getContext(), high), zero);
    }
    if (isRow) {
      source = tensor::ExpandShapeOp::create(b, loc,
                                             RankedTensorType::get({count, tile}, b.getF32Type()),
                                             source, ArrayRef<ReassociationIndices>{{0, 1}});
      Value empty = tensor::EmptyOp::create(b, loc, shape, b.getF32Type());
      SmallVector<AffineMap> maps = {
          AffineMap::get(3, 0, {b.getAffineDimExpr(1), b.getAffineDimExpr(2)}, b.getContext()),
          b.getMultiDimIdentityMap(3)};
      SmallVector<utils::IteratorType> parallel(3, utils::IteratorType::parallel);
      start = linalg::GenericOp::create(b, loc, TypeRange{empty.getType()}, ValueRange{source},
                                        ValueRange{empty}, maps, parallel,
                                        [](OpBuilder &builder, Location l, ValueRange args) {
                                          linalg::YieldOp::create(builder, l, args[0]);
                                        })
                  .getResult(0);
    } else {
      start = tensor::ExpandShapeOp::create(b, loc, RankedTensorType::get(shape, b.getF32Type()),
                                            source, groups);
    }
  }

  // Loops (m, p, l, k): blocks of rows may be the outer loop of the tiles, see SelectSchedule.
  unsigned first = hasRows ? 2 : 1;
  AffineExpr m = b.getAffineDimExpr(0), p = b.getAffineDimExpr(first - 1);
  AffineExpr l = b.getAffineDimExpr(first), k = b.getAffineDimExpr(first + 1);
  SmallVector<AffineExpr> aMap, cMap;
  if (hasRows) {
    aMap.push_back(m);
    cMap.push_back(m);
  }
  aMap.push_back(k);
  cMap.append({p, l});
  unsigned loops = first + 2;
  SmallVector<AffineMap> maps = {AffineMap::get(loops, 0, aMap, b.getContext()),
                                 AffineMap::get(loops, 0, {p, k, l}, b.getContext()),
                                 AffineMap::get(loops, 0, cMap, b.getContext())};
  SmallVector<utils::IteratorType> iterators(loops - 1, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  auto packed = linalg::GenericOp::create(
      b, loc, TypeRange{start.getType()}, ValueRange{op.getDpsInputs()[0], panels},
      ValueRange{start}, maps, iterators,
      [](OpBuilder &builder, Location bodyLoc, ValueRange args) {
        Value product = arith::MulFOp::create(builder, bodyLoc, args[0], args[1]);
        linalg::YieldOp::create(
            builder, bodyLoc,
            arith::AddFOp::create(builder, bodyLoc, args[2], product).getResult());
      });
  Value result = tensor::CollapseShapeOp::create(b, loc, packed.getResult(0), groups);
  if (padded != columns) {
    SmallVector<int64_t> zeros(resultType.getRank(), 0), ones(resultType.getRank(), 1);
    result = tensor::ExtractSliceOp::create(
        b, loc, resultType, result, getAsIndexOpFoldResult(b.getContext(), zeros),
        getAsIndexOpFoldResult(b.getContext(), resultType.getShape()),
        getAsIndexOpFoldResult(b.getContext(), ones));
  }
  op.getResult(0).replaceAllUsesWith(result);
  op.erase();
}

// Gives the value a range of params.bin and returns it as a tensor of `type` that reads it.
Value PackParameters::place(OpBuilder &b, Location loc, const Prepared &value,
                            RankedTensorType type, ArrayRef<NamedAttribute> fields) {
  int64_t size = type.getNumElements() * 4;
  SmallVector<Attribute> names;
  for (const Parameter &source : value.sources)
    names.push_back(source.name);
  SmallVector<NamedAttribute> entry(fields);
  entry.push_back(b.getNamedAttr("sources", b.getArrayAttr(names)));
  entry.push_back(b.getNamedAttr("offset", b.getI64IntegerAttr(bytes)));
  entry.push_back(b.getNamedAttr("bytes", b.getI64IntegerAttr(size)));
  recipe.push_back(b.getDictionaryAttr(entry));
  Value offset = arith::ConstantIndexOp::create(b, loc, bytes);
  bytes = llvm::alignTo(bytes + size, 64);
  auto memref = MemRefType::get(type.getShape(), type.getElementType());
  Value view = memref::ViewOp::create(b, loc, memref, blob, offset, ValueRange{});
  return bufferization::ToTensorOp::create(b, loc, type, view, /*restrict=*/true);
}

LogicalResult PackParameters::packCall(func::CallOp call, func::FuncOp subgraph, Value arg0) {
  OpBuilder b(call);
  int64_t tile = 2 * lanes;
  SmallVector<Type> inputTypes(subgraph.getArgumentTypes());
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    std::optional<Prepared> value = prepared(operand, arg0);
    if (!value)
      continue;
    BlockArgument arg = subgraph.getArgument(i);
    Location loc = operand.getLoc();
    std::optional<SmallVector<Use>> uses = weightUses(arg);
    // A joined weight [K, N] is joined along K, which the recipe does not say.
    bool isPanels = uses && value->type.getRank() == 2 &&
                    (!(*uses)[0].transposed || value->sources.size() == 1);
    if (!isPanels) {
      call.setOperand(
          i,
          place(b, loc, *value, value->type,
                {b.getNamedAttr("kind", b.getStringAttr("plain")),
                 b.getNamedAttr("elements", b.getI64IntegerAttr(value->type.getNumElements()))}));
      continue;
    }
    bool transposed = (*uses)[0].transposed;
    int64_t rows = value->type.getDimSize(transposed ? 1 : 0);
    int64_t cols = value->type.getDimSize(transposed ? 0 : 1);
    auto type = RankedTensorType::get({(rows + tile - 1) / tile, cols, tile}, b.getF32Type());
    SmallVector<NamedAttribute> fields = {b.getNamedAttr("kind", b.getStringAttr("panels")),
                                          b.getNamedAttr("rows", b.getI64IntegerAttr(rows)),
                                          b.getNamedAttr("cols", b.getI64IntegerAttr(cols)),
                                          b.getNamedAttr("tile", b.getI64IntegerAttr(tile))};
    if (transposed)
      fields.push_back(b.getNamedAttr("transposed", b.getBoolAttr(true)));
    call.setOperand(i, place(b, loc, *value, type, fields));
    inputTypes[i] = type;
    arg.setType(type);
    for (const Use &use : *uses)
      packContraction(use, arg);
  }
  subgraph.setType(b.getFunctionType(inputTypes, subgraph.getResultTypes()));
  return success();
}

void PackParameters::runOnOperation() {
  auto forward = getOperation().lookupSymbol<func::FuncOp>("forward");
  if (!forward || forward.isExternal()) {
    getOperation().emitError("there is no function @forward");
    return signalPassFailure();
  }
  if (failed(readParameters(forward)))
    return signalPassFailure();
  // The size is not known before everything has its place: a byte vector of it replaces this type.
  Value arg0 = forward.getArgument(0);
  OpBuilder b(&forward.getBody().front(), forward.getBody().front().begin());
  auto bytesType = [&](int64_t size) { return MemRefType::get({size}, b.getI8Type()); };
  Block &entry = forward.getBody().front();
  blob = entry.insertArgument(0u, bytesType(0), forward.getLoc());

  DenseMap<StringAttr, func::CallOp> called;
  for (func::CallOp call : llvm::make_early_inc_range(entry.getOps<func::CallOp>())) {
    auto subgraph = getOperation().lookupSymbol<func::FuncOp>(call.getCallee());
    if (!subgraph || subgraph.isExternal())
      continue;
    if (subgraph == forward) {
      call.emitError("forward calls itself");
      return signalPassFailure();
    }
    if (!called.insert({subgraph.getNameAttr(), call}).second) {
      call.emitError("a subgraph that is called twice cannot have its parameters packed yet");
      return signalPassFailure();
    }
    if (failed(packCall(call, subgraph, arg0)))
      return signalPassFailure();
  }
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
    Value plain = place(builder, slice.getLoc(), *value, value->type,
                        {builder.getNamedAttr("kind", builder.getStringAttr("plain")),
                         builder.getNamedAttr(
                             "elements", builder.getI64IntegerAttr(value->type.getNumElements()))});
    slice.replaceAllUsesWith(plain);
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
