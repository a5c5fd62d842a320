// Linears that read one input  ==>  one wide linear and slices of it.
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSESHAREDINPUTLINEARSPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// A weight or bias that can be joined with others when the package is made.
bool isTrained(Value value, Block *block) {
  auto param = value.getDefiningOp<ParamOp>();
  return param && param->getBlock() == block && !isOpen(sizesOf(value)) &&
         tensorType(value).getElementType().isF32();
}

Value joined(OpBuilder &builder, Location loc, ArrayRef<Value> params) {
  RankedTensorType type = tensorType(params.front());
  SmallVector<Size> sizes(sizesOf(type));
  sizes[0] = 0;
  for (Value param : params)
    sizes[0] += sizesOf(param)[0];
  return CatOp::create(builder, loc, tensorOf(sizes, type.getElementType()), params,
                       builder.getI64IntegerAttr(0));
}

void fuse(ArrayRef<LinearOp> linears) {
  LinearOp first = linears.front();
  // A parameter is read wherever one likes; all must be there before the first linear.
  for (LinearOp linear : linears)
    for (Value operand : linear->getOperands().drop_front())
      if (Operation *param = operand.getDefiningOp(); first->isBeforeInBlock(param))
        param->moveBefore(first);

  SmallVector<Value> weights, biases;
  SmallVector<Location> locations;
  for (LinearOp linear : linears) {
    weights.push_back(linear.getWeight());
    if (linear.getBias())
      biases.push_back(linear.getBias());
    locations.push_back(linear.getLoc());
  }
  OpBuilder builder(first);
  Location loc = builder.getFusedLoc(locations);
  Value weight = joined(builder, loc, weights);
  Value bias = biases.empty() ? Value() : joined(builder, loc, biases);
  SmallVector<Size> sizes(sizesOf(first.getInput()));
  sizes.back() = sizesOf(weight)[0];
  Type element = tensorType(first.getResult()).getElementType();
  Value wide =
      LinearOp::create(builder, loc, tensorOf(sizes, element), first.getInput(), weight, bias);
  Size start = 0;
  int64_t last = sizes.size() - 1;
  for (LinearOp linear : linears) {
    Size end = start + sizesOf(linear.getResult()).back();
    auto slice = SliceOp::create(builder, linear.getLoc(), linear.getResult().getType(), wide, last,
                                 start, end, 1);
    linear.getResult().replaceAllUsesWith(slice);
    start = end;
  }
  for (LinearOp linear : linears)
    linear.erase();
}

// x times the transpose of a weight of two dimensions is a linear.
void matmulsToLinears(Operation *root) {
  root->walk([](MatmulOp matmul) {
    auto transpose = matmul.getRhs().getDefiningOp<PermuteOp>();
    if (!transpose || transpose.getPermutation() != ArrayRef<int64_t>{1, 0} ||
        !transpose.getInput().getDefiningOp<ParamOp>())
      return;
    OpBuilder builder(matmul);
    auto linear = LinearOp::create(builder, matmul.getLoc(), matmul.getType(), matmul.getLhs(),
                                   transpose.getInput(), Value());
    matmul.replaceAllUsesWith(linear.getResult());
    matmul.erase();
    if (transpose.use_empty())
      transpose.erase();
  });
}

struct FuseSharedInputLinearsPass
    : impl::FuseSharedInputLinearsPassBase<FuseSharedInputLinearsPass> {
  void runOnOperation() override {
    matmulsToLinears(getOperation());
    // Per block, input and whether there is a bias, in order of appearance.
    llvm::MapVector<std::tuple<Block *, Value, unsigned>, SmallVector<LinearOp>> groups;
    getOperation()->walk([&](LinearOp linear) {
      Block *block = linear->getBlock();
      if (!isTrained(linear.getWeight(), block) ||
          (linear.getBias() && !isTrained(linear.getBias(), block)))
        return;
      // One weight applied twice is computed once by CSE, or has different inputs.
      auto weight = linear.getWeight().getDefiningOp<ParamOp>();
      auto &group = groups[{block, linear.getInput(), linear.getBias() ? 1u : 0u}];
      for (LinearOp other : group)
        if (other.getWeight().getDefiningOp<ParamOp>().getNameAttr() == weight.getNameAttr())
          return;
      group.push_back(linear);
    });
    for (auto &[key, linears] : groups)
      if (linears.size() > 1)
        fuse(linears);
  }
};

} // namespace
} // namespace buddy::graph
