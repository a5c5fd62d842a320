// Every buffer becomes a range of one workspace argument; the runtime allocates it once a context.
#include "PlaceDynamic.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Transforms/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"

namespace buddy {
#define GEN_PASS_DEF_PLACEINWORKSPACEPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
struct Buffer {
  memref::AllocOp op;
  int64_t bytes;
  int64_t firstUse, lastUse; // positions of top-level ops in the function
  int64_t offset = 0;
};

struct PlaceInWorkspace : buddy::impl::PlaceInWorkspacePassBase<PlaceInWorkspace> {
  // Bytes of workspace each function needs, its callees' included.
  llvm::MapVector<Operation *, int64_t> needs;
  llvm::DenseSet<Operation *> dynamic; // functions whose need depends on symbols

  static int64_t bytesOf(MemRefType type) {
    return llvm::alignTo(type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8), 64);
  }

  // The position in the entry block of the op that holds `op`.
  static int64_t position(Operation *op, Block &entry,
                          const DenseMap<Operation *, int64_t> &order) {
    return order.lookup(entry.findAncestorOpInBlock(*op));
  }

  // Calls `visit` on every op that uses the buffer, a view of it, or what a loop carries of it.
  static void forEachUser(Value buffer, llvm::function_ref<void(Operation *)> visit) {
    SmallVector<Value> worklist = {buffer};
    DenseSet<Value> seen;
    while (!worklist.empty()) {
      Value value = worklist.pop_back_val();
      if (!seen.insert(value).second)
        continue;
      for (Operation *user : value.getUsers()) {
        visit(user);
        // Any memref that comes out of an op which takes this one may be it.
        Operation *holder = user->hasTrait<OpTrait::IsTerminator>() ? user->getParentOp() : user;
        if (isa<func::FuncOp>(holder))
          continue;
        for (Value result : holder->getResults())
          if (isa<MemRefType>(result.getType()))
            worklist.push_back(result);
        for (Region &region : holder->getRegions())
          for (Block &block : region)
            for (BlockArgument argument : block.getArguments())
              if (isa<MemRefType>(argument.getType()))
                worklist.push_back(argument);
      }
    }
  }

  // The last position at which the buffer is used under any name.
  static int64_t lastUse(Value buffer, Block &entry, const DenseMap<Operation *, int64_t> &order) {
    int64_t last = 0;
    forEachUser(buffer,
                [&](Operation *user) { last = std::max(last, position(user, entry, order)); });
    return last;
  }

  // A buffer made in a loop becomes one range for all iterations. That is wrong if an iteration
  // hands its own to the next one: both are alive at once.
  static LogicalResult staysInIteration(memref::AllocOp alloc) {
    Region *region = alloc->getParentRegion();
    bool escapes = false;
    forEachUser(alloc.getResult(), [&](Operation *user) {
      bool isYielded = user->hasTrait<OpTrait::IsTerminator>() && user->getParentRegion() == region;
      escapes |= isYielded || !region->isAncestor(user->getParentRegion());
    });
    if (escapes)
      return alloc.emitError(
          "a buffer made in a loop is handed on to the next iteration; it cannot "
          "have one place in the workspace");
    return success();
  }

  // Buffers inside parallel bodies: one a thread, on its stack, at the body's start.
  LogicalResult toStack(scf::ForallOp forall) {
    SmallVector<memref::AllocOp> allocs;
    forall.getBody()->walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    int64_t total = 0;
    OpBuilder b(forall.getBody(), forall.getBody()->begin());
    for (memref::AllocOp alloc : allocs) {
      if (!alloc.getType().hasStaticShape())
        return alloc.emitError("a buffer of unknown size inside a parallel loop");
      if (alloc->getBlock() != forall.getBody() && failed(staysInIteration(alloc)))
        return failure();
      total += bytesOf(alloc.getType());
      auto onStack =
          memref::AllocaOp::create(b, alloc.getLoc(), alloc.getType(), b.getI64IntegerAttr(64));
      alloc.replaceAllUsesWith(onStack.getResult());
      alloc.erase();
    }
    // Half of the smallest default stack of an OpenMP thread.
    constexpr int64_t kStackLimit = 1 << 20;
    if (total > kStackLimit) {
      InFlightDiagnostic error = forall.emitError("the temporaries of one thread take ")
                                 << total << " bytes, more than its stack may hold (" << kStackLimit
                                 << "); choose smaller blocks in buddy.schedule";
      if (auto schedule = forall->getAttrOfType<DictionaryAttr>(kScheduleAttr))
        if (auto name = schedule.getAs<StringAttr>(kScheduleOpField))
          error << " of " << name.getValue();
      return error;
    }
    return success();
  }

  // The buffer that `value` is, perhaps under another shape.
  static memref::AllocOp bufferOf(Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(op))
        break;
      value = op->getOperand(0);
    }
    return value.getDefiningOp<memref::AllocOp>();
  }

  static bool isDense(MemRefType type) {
    return type.hasStaticShape() && type.getLayout().isIdentity();
  }

  // Whether memory of the one type can be seen as one of the other.
  static bool isReshape(MemRefType a, MemRefType b) {
    return a == b || (isDense(a) && isDense(b) && a.getElementType() == b.getElementType() &&
                      a.getNumElements() == b.getNumElements() && a.getRank() && b.getRank());
  }

  // `memory` under the shape of `type`, at the block's beginning.
  static Value reshape(Value memory, MemRefType type, Block &entry) {
    OpBuilder b(&entry, entry.begin());
    Location loc = memory.getLoc();
    auto from = cast<MemRefType>(memory.getType());
    if (from == type)
      return memory;
    auto all = [](int64_t rank) {
      return SmallVector<ReassociationIndices>{llvm::to_vector(llvm::seq<int64_t>(0, rank))};
    };
    if (from.getRank() > 1)
      memory = memref::CollapseShapeOp::create(b, loc, memory, all(from.getRank()));
    if (type.getRank() > 1)
      memory = memref::ExpandShapeOp::create(b, loc, type, memory, all(type.getRank()));
    return memory;
  }

  // A buffer that is copied to a result parameter and to nothing else is that parameter. A product
  // writes its rows panel by panel, which is the same memory under another shape.
  static void writeResultsInPlace(Block &entry) {
    for (auto copy : llvm::make_early_inc_range(entry.getOps<memref::CopyOp>())) {
      memref::AllocOp alloc = bufferOf(copy.getSource());
      auto result = dyn_cast<BlockArgument>(copy.getTarget());
      if (!alloc || !result || result.getOwner() != &entry || !result.hasOneUse() ||
          alloc->getBlock() != &entry ||
          !isReshape(alloc.getType(), cast<MemRefType>(result.getType())))
        continue;
      // Of sizes that each run chooses equal types are not equal shapes.
      if (copy.getSource() != alloc.getResult() && !alloc.getType().hasStaticShape())
        continue;
      // Nothing may write the buffer after it was copied.
      bool isLast = true;
      forEachUser(alloc.getResult(), [&](Operation *user) {
        Operation *here = entry.findAncestorOpInBlock(*user);
        isLast &= user == copy || (here && here->isBeforeInBlock(copy));
      });
      if (!isLast)
        continue;
      copy.erase();
      alloc.replaceAllUsesWith(reshape(result, alloc.getType(), entry));
      alloc.erase();
    }
  }

  LogicalResult placeFunction(func::FuncOp func) {
    // Lifetimes are ranges of positions in one block.
    if (!func.getBody().hasOneBlock())
      return func.emitError("a function with branches cannot be placed; use scf for control flow");
    Block &entry = func.getBody().front();
    writeResultsInPlace(entry);
    WalkResult walk = func.walk([&](scf::ForallOp forall) {
      return failed(toStack(forall)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();

    DenseMap<Operation *, int64_t> order;
    for (auto [i, op] : llvm::enumerate(entry))
      order[&op] = i;
    SmallVector<Buffer> buffers;
    bool isDynamic = !symbolArguments(func).empty();
    int64_t calls = 0; // the largest need of a callee
    walk = func.walk([&](Operation *op) {
      if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
        bool isKnown = alloc.getType().hasStaticShape() || isDynamic;
        if (!isKnown || !alloc.getType().getLayout().isIdentity()) {
          alloc.emitError("a buffer of unknown size cannot be placed in the workspace");
          return WalkResult::interrupt();
        }
        int64_t first = position(alloc, entry, order);
        // A buffer made inside a loop is used by every iteration, so its range is the whole loop.
        bool inLoop = alloc->getBlock() != &entry;
        if (inLoop && failed(staysInIteration(alloc)))
          return WalkResult::interrupt();
        buffers.push_back({alloc, isDynamic ? 0 : bytesOf(alloc.getType()), first,
                           inLoop ? first : lastUse(alloc.getResult(), entry, order)});
      } else if (auto call = dyn_cast<func::CallOp>(op)) {
        auto callee =
            SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
        if (callee)
          calls = std::max(calls, needs.lookup(callee));
      }
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();

    if (isDynamic) {
      SmallVector<LiveBuffer> live;
      for (const Buffer &buffer : buffers)
        live.push_back({buffer.op, buffer.firstUse, buffer.lastUse});
      dynamic.insert(func);
      return placeDynamic(func, live, [&](func::FuncOp callee) -> std::optional<int64_t> {
        return needs.contains(callee) ? std::optional(needs.lookup(callee)) : std::nullopt;
      });
    }

    // Greedy by size: the largest first, each at the lowest offset where no live neighbour is.
    SmallVector<Buffer *> placed, bySize;
    for (Buffer &buffer : buffers)
      bySize.push_back(&buffer);
    llvm::stable_sort(bySize, [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
    int64_t total = 0;
    for (Buffer *buffer : bySize) {
      SmallVector<Buffer *> alive;
      for (Buffer *other : placed)
        if (other->firstUse <= buffer->lastUse && buffer->firstUse <= other->lastUse)
          alive.push_back(other);
      llvm::sort(alive, [](Buffer *a, Buffer *b) { return a->offset < b->offset; });
      int64_t offset = 0;
      for (Buffer *other : alive) {
        if (offset + buffer->bytes <= other->offset)
          break;
        offset = std::max(offset, other->offset + other->bytes);
      }
      buffer->offset = offset;
      total = std::max(total, offset + buffer->bytes);
      placed.push_back(buffer);
    }

    int64_t need = total + calls;
    needs[func] = need;
    OpBuilder b(&entry, entry.begin());
    Value workspace = entry.addArgument(MemRefType::get({need}, b.getI8Type()), func.getLoc());
    SmallVector<Attribute> plan;
    for (Buffer &buffer : buffers) {
      b.setInsertionPoint(buffer.op);
      Value offset = arith::ConstantIndexOp::create(b, buffer.op.getLoc(), buffer.offset);
      Value view = memref::ViewOp::create(b, buffer.op.getLoc(), buffer.op.getType(), workspace,
                                          offset, ValueRange{});
      plan.push_back(b.getDictionaryAttr(
          {b.getNamedAttr("offset", b.getI64IntegerAttr(buffer.offset)),
           b.getNamedAttr("type", TypeAttr::get(buffer.op.getType())),
           b.getNamedAttr("live", b.getDenseI64ArrayAttr({buffer.firstUse, buffer.lastUse}))}));
      buffer.op.replaceAllUsesWith(view);
      buffer.op.erase();
    }
    if (!plan.empty())
      func->setAttr("buddy.plan", b.getArrayAttr(plan));
    func.walk([&](func::CallOp call) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
      if (!callee || !needs.contains(callee))
        return;
      b.setInsertionPoint(call);
      Value offset = arith::ConstantIndexOp::create(b, call.getLoc(), total);
      Value view = memref::ViewOp::create(b, call.getLoc(),
                                          MemRefType::get({needs.lookup(callee)}, b.getI8Type()),
                                          workspace, offset, ValueRange{});
      call->insertOperands(call->getNumOperands(), view);
    });
    SmallVector<Type> inputs(entry.getArgumentTypes());
    func.setType(b.getFunctionType(inputs, func.getResultTypes()));
    return success();
  }

  void runOnOperation() override {
    // Callees before callers. There is no recursion: a subgraph calls nothing that calls it.
    SmallVector<func::FuncOp> pending;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal())
        pending.push_back(func);
    while (!pending.empty()) {
      bool progress = false;
      for (func::FuncOp &func : pending) {
        WalkResult ready = func.walk([&](func::CallOp call) {
          auto callee =
              SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
          bool isPlaced =
              !callee || callee.isExternal() || needs.contains(callee) || dynamic.contains(callee);
          return isPlaced ? WalkResult::advance() : WalkResult::interrupt();
        });
        if (ready.wasInterrupted())
          continue;
        if (failed(placeFunction(func)))
          return signalPassFailure();
        func = {};
        progress = true;
      }
      llvm::erase_if(pending, [](func::FuncOp func) { return !func; });
      if (!progress) {
        pending.front().emitError("functions that call each other in a circle cannot be placed");
        return signalPassFailure();
      }
    }
    // A leftover deallocation would free a part of the workspace.
    getOperation().walk([](memref::DeallocOp op) { op.erase(); });
    int64_t total = 0;
    auto forward = getOperation().lookupSymbol<func::FuncOp>("forward");
    if (forward && dynamic.contains(forward))
      return; // @forward_workspace_bytes says it
    if (forward)
      total = needs.lookup(forward);
    getOperation()->setAttr("buddy.workspace_bytes",
                            IntegerAttr::get(IntegerType::get(&getContext(), 64), total));
  }
};
} // namespace
