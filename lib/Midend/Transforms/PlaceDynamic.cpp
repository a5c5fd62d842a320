// Buffers whose lifetimes do not meet take turns in a slot, which is as long as the longest of
// them; the slots follow one another.
#include "PlaceDynamic.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace buddy;

// The length of all symbols for which buffers are compared when slots are chosen: long, for there
// memory matters.
static constexpr int64_t kComparedLength = 1024;

namespace {
struct Placed {
  LiveBuffer buffer;
  AffineExpr bytes; // of the function's symbols, a multiple of 64
  int64_t typical;
  unsigned slot = 0;
};

struct Slot {
  SmallVector<const Placed *> buffers;
  SmallVector<AffineExpr> bytes; // the different ones
};
} // namespace

std::string buddy::workspaceFunction(func::FuncOp func) {
  return (func.getName() + "_workspace_bytes").str();
}

static int64_t typicalValue(AffineExpr expr, unsigned symbols) {
  Builder b(expr.getContext());
  SmallVector<Attribute> values(symbols, b.getIndexAttr(kComparedLength));
  SmallVector<Attribute> result;
  if (failed(AffineMap::get(0, symbols, expr).constantFold(values, result)))
    return 0;
  return cast<IntegerAttr>(result[0]).getInt();
}

static FailureOr<AffineExpr> bytesOf(memref::AllocOp alloc, ArrayRef<BlockArgument> symbols) {
  MemRefType type = alloc.getType();
  MLIRContext *context = alloc.getContext();
  AffineExpr bytes = getAffineConstantExpr((type.getElementTypeBitWidth() + 7) / 8, context);
  for (OpFoldResult size : alloc.getMixedSizes()) {
    AffineExpr factor = sizeExpression(size, symbols, context);
    if (!factor)
      return alloc.emitError(
          "the size of this buffer is no expression of the symbols; it cannot be "
          "placed in the workspace");
    bytes = bytes * factor;
  }
  // Whole cache lines.
  if (type.hasStaticShape())
    return getAffineConstantExpr(
        llvm::alignTo(cast<AffineConstantExpr>(bytes).getValue(), uint64_t(64)), context);
  return bytes.ceilDiv(64) * 64;
}

// The bytes of each slot for these symbols.
static SmallVector<Value> slotBytes(OpBuilder &b, Location loc, ArrayRef<Slot> slots,
                                    ValueRange symbols) {
  SmallVector<Value> result;
  for (const Slot &slot : slots) {
    Value most;
    for (AffineExpr expr : slot.bytes) {
      Value bytes = affine::expandAffineExpr(b, loc, expr, {}, symbols);
      most = most ? arith::MaxUIOp::create(b, loc, most, bytes).getResult() : bytes;
    }
    result.push_back(most);
  }
  return result;
}

// What `call` needs of its caller's workspace; `symbols` stand for the caller's symbol arguments.
static Value needOf(OpBuilder &b, func::CallOp call, func::FuncOp callee,
                    ArrayRef<BlockArgument> callerSymbols, ValueRange symbols,
                    KnownNeed knownNeed) {
  if (std::optional<int64_t> known = knownNeed(callee))
    return arith::ConstantIndexOp::create(b, call.getLoc(), *known);
  SmallVector<Value> operands;
  for (BlockArgument symbol : symbolArguments(callee)) {
    Value operand = call.getOperand(symbol.getArgNumber());
    auto at = llvm::find(callerSymbols, operand);
    if (at == callerSymbols.end())
      return {};
    operands.push_back(symbols[at - callerSymbols.begin()]);
  }
  return func::CallOp::create(b, call.getLoc(), workspaceFunction(callee), b.getIndexType(),
                              operands)
      .getResult(0);
}

LogicalResult buddy::placeDynamic(func::FuncOp func, ArrayRef<LiveBuffer> buffers,
                                  KnownNeed knownNeed) {
  SmallVector<BlockArgument> symbols = symbolArguments(func);
  SmallVector<Placed> placed;
  for (const LiveBuffer &buffer : buffers) {
    FailureOr<AffineExpr> bytes = bytesOf(buffer.op, symbols);
    if (failed(bytes))
      return failure();
    placed.push_back({buffer, *bytes, typicalValue(*bytes, symbols.size())});
  }
  // The longest first; each goes to the shortest slot that it fits in.
  SmallVector<Placed *> bySize;
  for (Placed &one : placed)
    bySize.push_back(&one);
  llvm::stable_sort(bySize, [](Placed *a, Placed *b) { return a->typical > b->typical; });
  SmallVector<Slot> slots;
  for (Placed *one : bySize) {
    unsigned chosen = slots.size();
    for (unsigned i = 0; i < slots.size(); ++i)
      if (llvm::none_of(slots[i].buffers, [&](const Placed *other) {
            return other->buffer.firstUse <= one->buffer.lastUse &&
                   one->buffer.firstUse <= other->buffer.lastUse;
          }))
        chosen = i; // slots are made longest first
    if (chosen == slots.size())
      slots.emplace_back();
    one->slot = chosen;
    slots[chosen].buffers.push_back(one);
    if (!llvm::is_contained(slots[chosen].bytes, one->bytes))
      slots[chosen].bytes.push_back(one->bytes);
  }

  Block &entry = func.getBody().front();
  Location loc = func.getLoc();
  SmallVector<func::CallOp> calls;
  func.walk([&](func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (callee && !callee.isExternal())
      calls.push_back(call);
  });
  auto calleeOf = [](func::CallOp call) {
    return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  };

  // The function that says how much.
  OpBuilder outside(func);
  SmallVector<Type> indices(symbols.size(), outside.getIndexType());
  auto says = func::FuncOp::create(outside, loc, workspaceFunction(func),
                                   outside.getFunctionType(indices, {outside.getIndexType()}));
  if (!func.isPublic())
    says.setPrivate();
  for (unsigned i = 0; i < symbols.size(); ++i)
    says.setArgAttr(i, "buddy.symbol", func.getArgAttr(symbols[i].getArgNumber(), "buddy.symbol"));
  OpBuilder inside = OpBuilder::atBlockBegin(says.addEntryBlock());
  Value total = arith::ConstantIndexOp::create(inside, loc, 0);
  for (Value bytes : slotBytes(inside, loc, slots, says.getArguments()))
    total = arith::AddIOp::create(inside, loc, total, bytes);
  Value most;
  for (func::CallOp call : calls) {
    Value need = needOf(inside, call, calleeOf(call), symbols, says.getArguments(), knownNeed);
    if (!need)
      return call.emitError("passes a size that is no symbol of its caller");
    most = most ? arith::MaxUIOp::create(inside, loc, most, need).getResult() : need;
  }
  if (most)
    total = arith::AddIOp::create(inside, loc, total, most);
  func::ReturnOp::create(inside, loc, total);

  // The ranges.
  OpBuilder b = OpBuilder::atBlockBegin(&entry);
  auto bytesType = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  SmallVector<Value> values(symbols.begin(), symbols.end());
  SmallVector<Value> offsets = {arith::ConstantIndexOp::create(b, loc, 0)};
  for (Value bytes : slotBytes(b, loc, slots, values))
    offsets.push_back(arith::AddIOp::create(b, loc, offsets.back(), bytes));
  if (failed(func.insertArgument(func.getNumArguments(), bytesType, {}, loc)))
    return failure();
  Value workspace = func.getArguments().back();
  SmallVector<Attribute> plan;
  for (Placed &one : placed) {
    memref::AllocOp alloc = one.buffer.op;
    b.setInsertionPoint(alloc);
    Value view = memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), workspace,
                                        offsets[one.slot], alloc.getDynamicSizes());
    plan.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("slot", b.getI64IntegerAttr(one.slot)),
         b.getNamedAttr("type", TypeAttr::get(alloc.getType())),
         b.getNamedAttr("live",
                        b.getDenseI64ArrayAttr({one.buffer.firstUse, one.buffer.lastUse}))}));
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }
  if (!plan.empty())
    func->setAttr("buddy.plan", b.getArrayAttr(plan));
  for (func::CallOp call : calls) {
    func::FuncOp callee = calleeOf(call);
    b.setInsertionPoint(call);
    Value view;
    if (std::optional<int64_t> known = knownNeed(callee)) {
      view = memref::ViewOp::create(b, call.getLoc(), MemRefType::get({*known}, b.getI8Type()),
                                    workspace, offsets.back(), ValueRange{});
    } else {
      Value need = needOf(b, call, callee, symbols, values, knownNeed);
      view = memref::ViewOp::create(b, call.getLoc(), bytesType, workspace, offsets.back(),
                                    ValueRange{need});
    }
    call->insertOperands(call->getNumOperands(), view);
  }
  return success();
}
