// @forward, the calling convention, and @subgraph0, the computation. docs/contracts.md, section 2.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_PARTITIONPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// The package can join parameters that lie one after the other; anything else done to parameters is
// computed where it is used.
bool isPrepared(Operation *op) {
  if (isa_and_nonnull<ParamOp>(op))
    return true;
  auto cat = dyn_cast_or_null<CatOp>(op);
  return cat && cat.getDim() == 0 && llvm::all_of(cat.getInputs(), [](Value input) {
           return isa_and_nonnull<ParamOp>(input.getDefiningOp());
         });
}

// "q_proj.weight", or "q_proj.weight+k_proj.weight" for parameters that are joined.
std::string preparedName(Operation *op) {
  if (auto param = dyn_cast<ParamOp>(op))
    return param.getName().str();
  std::string name;
  for (Value input : cast<CatOp>(op).getInputs())
    name += (name.empty() ? "" : "+") + input.getDefiningOp<ParamOp>().getName().str();
  return name;
}

struct PartitionPass : impl::PartitionPassBase<PartitionPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      module.emitError("the program has no function @forward of one block to partition");
      return signalPassFailure();
    }
    if (Operation *other = module.lookupSymbol("subgraph0")) {
      other->emitError("@subgraph0 exists already: the module is partitioned");
      return signalPassFailure();
    }
    for (Operation &op : forward.getBody().front())
      if (op.getNumRegions() != 0) {
        op.emitError("ops with regions cannot be partitioned");
        return signalPassFailure();
      }
    partition(forward);
  }

  void partition(func::FuncOp forward) {
    Block &block = forward.getBody().front();
    auto ret = cast<func::ReturnOp>(block.getTerminator());
    SmallVector<Operation *> moved;
    for (Operation &op : block.without_terminator())
      if (!isPrepared(&op))
        moved.push_back(&op);

    // What comes from outside: inputs in their order, then prepared parameters by first use.
    llvm::SetVector<Value> used;
    for (Operation *op : moved)
      used.insert(op->operand_begin(), op->operand_end());
    used.insert(ret.operand_begin(), ret.operand_end());
    SmallVector<Value> arguments;
    for (BlockArgument argument : block.getArguments())
      if (used.contains(argument))
        arguments.push_back(argument);
    for (Value value : used)
      if (Operation *op = value.getDefiningOp(); op && isPrepared(op))
        arguments.push_back(value);

    OpBuilder builder(forward->getContext());
    builder.setInsertionPointAfter(forward);
    auto type = builder.getFunctionType(TypeRange(ValueRange(arguments)),
                                        forward.getFunctionType().getResults());
    auto subgraph = func::FuncOp::create(builder, forward.getLoc(), "subgraph0", type);
    subgraph.setPrivate();
    Block *body = subgraph.addEntryBlock();
    IRMapping mapping;
    for (auto [i, value] : llvm::enumerate(arguments)) {
      mapping.map(value, body->getArgument(i));
      if (auto argument = dyn_cast<BlockArgument>(value)) {
        if (Attribute name = forward.getArgAttr(argument.getArgNumber(), "buddy.name"))
          subgraph.setArgAttr(i, "buddy.name", name);
      } else {
        subgraph.setArgAttr(i, "buddy.name",
                            builder.getStringAttr(preparedName(value.getDefiningOp())));
      }
    }

    SmallVector<Value> results;
    builder.setInsertionPointToEnd(body);
    for (Operation *op : moved)
      builder.clone(*op, mapping);
    for (Value value : ret.getOperands())
      results.push_back(mapping.lookupOrDefault(value));
    func::ReturnOp::create(builder, ret.getLoc(), results);

    builder.setInsertionPoint(ret);
    auto call = func::CallOp::create(builder, forward.getLoc(), subgraph, arguments);
    ret->setOperands(call.getResults());
    for (Operation *op : llvm::reverse(moved))
      op->erase();
    // Parameters nobody uses stay listed in buddy.parameters.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }
};

} // namespace
} // namespace buddy::graph
