// Replaces what depends on no input and no trained weight by its value.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_EVALUATECONSTANTSPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// A mask of queries times keys, or the positions it is made of: reading it symbolically is the
// fusion's work, building it would cost the square of the sequence.
constexpr int64_t kLargestMask = 4096;
constexpr int64_t kLargestResult = int64_t(1) << 24;

bool isSmallEnough(Operation *op, bool masks) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (isOpen(type)) // each run has its own
    return false;
  int64_t count = type.getNumElements();
  bool isMatrix = type.getRank() >= 2 && type.getShape().take_back(2)[0] > 1 &&
                  type.getShape().take_back(2)[1] > 1;
  bool isOuter = llvm::all_of(op->getOperands(), [&](Value operand) {
    return productOf(sizesOf(operand)).asNumber().value_or(count) < count;
  });
  bool isMask = type.getElementType().isInteger(1) || isa<TrilOp, TriuOp>(op) ||
                (isMatrix && isOuter && isa<IntegerType>(type.getElementType()));
  if (isMask && isMatrix && !masks)
    return isa<ReshapeOp, ExpandOp, PermuteOp, SliceOp>(op) && count <= kLargestMask;
  return count <= (isMask ? kLargestMask : kLargestResult);
}

// "rotary_emb.cos" as "rotary_emb_cos": a resource's key. Nested locations give their first name.
std::string readableName(Operation *op) {
  std::string name;
  op->getLoc()->walk([&](Location loc) {
    auto named = dyn_cast<NameLoc>(loc);
    if (!named)
      return WalkResult::advance();
    name = named.getName().str();
    return WalkResult::interrupt();
  });
  StringRef mnemonic = op->getName().stripDialect();
  if (name.empty())
    name = "constant";
  if (!StringRef(name).ends_with(mnemonic) && !StringRef(name).contains((mnemonic + "_").str()))
    name += "_" + mnemonic.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return llvm::isDigit(name.front()) ? "_" + name : name;
}

struct EvaluateConstantsPass : impl::EvaluateConstantsPassBase<EvaluateConstantsPass> {
  using Base::Base;
  EvaluateConstantsPass() = default;
  EvaluateConstantsPass(ReadBuffer readBuffer, bool masks)
      : impl::EvaluateConstantsPassBase<EvaluateConstantsPass>(EvaluateConstantsPassOptions{masks}),
        readBuffer(std::move(readBuffer)) {}
  EvaluateConstantsPass(const EvaluateConstantsPass &other)
      : impl::EvaluateConstantsPassBase<EvaluateConstantsPass>(other),
        readBuffer(other.readBuffer) {}

  ReadBuffer readBuffer;
  llvm::StringSet<> buffers; // params that may be read
  llvm::StringSet<> names;   // of resources, taken
  DenseSet<Value> known;     // can be evaluated
  DenseMap<Value, HostTensor> values;
  SmallVector<std::pair<ConstantOp, HostTensor>> written;

  void collectBuffers() {
    auto parameters = getOperation()->getAttrOfType<ArrayAttr>("buddy.parameters");
    if (!parameters || !readBuffer)
      return;
    for (Attribute attribute : parameters) {
      auto entry = dyn_cast<DictionaryAttr>(attribute);
      auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
      auto kind = entry ? entry.getAs<StringAttr>("kind") : StringAttr();
      if (name && kind && (kind.getValue() == "buffer" || kind.getValue() == "constant"))
        buffers.insert(name.getValue());
    }
  }

  bool isLeaf(Operation *op) {
    if (auto param = dyn_cast_or_null<ParamOp>(op)) {
      RankedTensorType type = param.getResult().getType();
      return buffers.contains(param.getName()) && type.hasStaticShape() &&
             type.getNumElements() <= kLargestResult && hostBytes(type.getElementType());
    }
    return isa_and_nonnull<ConstantOp>(op);
  }

  // What this pass itself writes.
  bool isFinished(Operation *op) {
    auto expand = dyn_cast<ExpandOp>(op);
    auto constant = expand ? expand.getInput().getDefiningOp<ConstantOp>() : ConstantOp();
    return constant && !isa<SplatElementsAttr>(constant.getValue());
  }

  void collectKnown(Block &block) {
    for (Operation &op : block) {
      bool knowable = isLeaf(&op);
      if (!knowable && canEvaluate(&op))
        knowable = isSmallEnough(&op, masks) && llvm::all_of(op.getOperands(), [&](Value operand) {
                     return known.contains(operand);
                   });
      if (knowable)
        known.insert(op.getResult(0));
    }
  }

  LogicalResult readLeaf(Operation *op) {
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      if (std::optional<HostTensor> tensor = hostTensor(constant.getValue()))
        values[constant] = *tensor;
      return success();
    }
    auto param = cast<ParamOp>(op);
    RankedTensorType type = param.getResult().getType();
    char *bytes = nullptr;
    HostTensor tensor = allocateHost(type.getElementType(), type.getShape(), bytes);
    MutableArrayRef<char> out(bytes, type.getNumElements() * hostBytes(type.getElementType()));
    if (llvm::Error error = readBuffer(param.getName(), out))
      return emitError(param.getLoc(), "cannot read buffer '")
             << param.getName() << "': " << llvm::toString(std::move(error));
    values[param] = tensor;
    return success();
  }

  ConstantOp write(Operation *op, const HostTensor &tensor) {
    HostTensor compact = compactHost(tensor);
    RankedTensorType type = compact.type();
    size_t bytes = type.getNumElements() * hostBytes(type.getElementType());
    for (auto &[constant, other] : written)
      if (constant.getType() == type &&
          std::memcmp(other.data<char>(), compact.data<char>(), bytes) == 0)
        return constant;
    std::string stem = readableName(op), name = stem;
    for (int n = 1; !names.insert(name).second; ++n)
      name = stem + "_" + std::to_string(n);
    OpBuilder builder = OpBuilder::atBlockBegin(op->getBlock());
    if (!written.empty() && written.back().first->getBlock() == op->getBlock())
      builder.setInsertionPointAfter(written.back().first);
    auto constant = ConstantOp::create(builder, op->getLoc(), type, hostAttribute(compact, name));
    written.push_back({constant, compact});
    ++numConstants;
    return constant;
  }

  // Evaluates the tree below each value that a staying op needs, and puts the roots in the IR.
  LogicalResult evaluateBlock(Block &block) {
    known.clear();
    values.clear();
    written.clear();
    collectKnown(block);

    DenseSet<Operation *> roots, needed;
    SmallVector<Operation *> worklist;
    for (Operation &op : block)
      if (!op.getNumResults() || !known.contains(op.getResult(0)))
        for (Value operand : op.getOperands())
          if (known.contains(operand) && !isLeaf(operand.getDefiningOp()) &&
              !isFinished(operand.getDefiningOp()) && roots.insert(operand.getDefiningOp()).second)
            worklist.push_back(operand.getDefiningOp());
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      if (!needed.insert(op).second)
        continue;
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          worklist.push_back(producer);
    }

    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (!needed.contains(&op))
        continue;
      if (isLeaf(&op)) {
        if (failed(readLeaf(&op)))
          return failure();
        continue;
      }
      SmallVector<HostTensor> operands;
      for (Value operand : op.getOperands()) {
        auto found = values.find(operand);
        if (found == values.end())
          break;
        operands.push_back(found->second);
      }
      if (operands.size() != op.getNumOperands())
        continue; // a constant of a kind we do not read: the op stays
      std::optional<HostTensor> value = evaluate(&op, operands);
      if (!value)
        continue;
      values[op.getResult(0)] = *value;
    }
    for (Operation &op : llvm::make_early_inc_range(block))
      if (auto found = roots.contains(&op) ? values.find(op.getResult(0)) : values.end();
          found != values.end())
        replaceRoot(&op, collapseSplat(found->second));

    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op)) {
        op.erase();
        ++numErased;
      }
    return success();
  }

  void replaceRoot(Operation *op, const HostTensor &tensor) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    // A splat is one number whatever its shape; anything else that repeats is stored once.
    if (tensor.isSplat() && type.getNumElements() > 0) {
      HostTensor one = tensor;
      one.shape.clear();
      one.strides.clear();
      auto scalar = dyn_cast<DenseElementsAttr>(hostAttribute(one, ""));
      OpBuilder builder(op);
      auto splat = DenseElementsAttr::get(type, *scalar.getValues<Attribute>().begin());
      auto constant = ConstantOp::create(builder, op->getLoc(), type, splat);
      op->getResult(0).replaceAllUsesWith(constant);
      ++numConstants;
      return;
    }
    Value constant = write(op, tensor);
    OpBuilder builder(op);
    op->getResult(0).replaceAllUsesWith(expandTo(builder, op->getLoc(), constant, sizesOf(type)));
  }

  void runOnOperation() override {
    collectBuffers();
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody())
        if (failed(evaluateBlock(block)))
          return signalPassFailure();
    known.clear();
    values.clear();
    written.clear();
  }
};

} // namespace

std::unique_ptr<Pass> createEvaluateConstantsPass(ReadBuffer readBuffer, bool masks) {
  return std::make_unique<EvaluateConstantsPass>(std::move(readBuffer), masks);
}

} // namespace buddy::graph
