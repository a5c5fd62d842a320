// Several tensors made one.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

// The operands in their common element type.
static SmallVector<Value> promotedTensors(OpCall &c) {
  SmallVector<Operand> operands;
  for (Value tensor : c.tensors("tensors"))
    operands.push_back({tensor, {}});
  SmallVector<Value> result;
  if (operands.empty())
    return result;
  Type type = resultElementType(c.b.getContext(), operands);
  for (const Operand &operand : operands)
    result.push_back(c.b.convert(operand.tensor, type));
  return result;
}

static LogicalResult importCat(OpCall &c) {
  SmallVector<Value> tensors = promotedTensors(c);
  // What has no elements adds none, whatever its rank: [0] is PyTorch's empty cache.
  SmallVector<Value> full = llvm::filter_to_vector(
      tensors, [](Value value) { return tensorType(value).getNumElements() != 0; });
  if (!full.empty())
    tensors = full;
  if (tensors.empty() || shapeOf(tensors[0]).empty())
    return c.invalid("it needs at least one tensor, of at least one dimension");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shapeOf(tensors[0]).size());
  return failed(dim) ? failure() : c.done(c.b.cat(tensors, *dim));
}

static LogicalResult importStack(OpCall &c) {
  SmallVector<Value> tensors = promotedTensors(c);
  if (tensors.empty())
    return c.invalid("it needs at least one tensor");
  FailureOr<int64_t> dim = c.dim(c.integer("dim"), shapeOf(tensors[0]).size() + 1);
  if (failed(dim))
    return failure();
  SmallVector<int64_t> shape(shapeOf(tensors[0]));
  shape.insert(shape.begin() + *dim, 1);
  for (Value &tensor : tensors)
    tensor = c.b.reshape(tensor, shape, "unsqueeze");
  return c.done(c.b.cat(tensors, *dim));
}

static const OpEntry kOps[] = {
    {"cat.default", "Tensor[] tensors, int dim=0", importCat},
    {"concat.default", "Tensor[] tensors, int dim=0", importCat},
    {"concatenate.default", "Tensor[] tensors, int dim=0", importCat},
    {"stack.default", "Tensor[] tensors, int dim=0", importStack},
};

ArrayRef<OpEntry> buddy::joinOps() { return kOps; }
