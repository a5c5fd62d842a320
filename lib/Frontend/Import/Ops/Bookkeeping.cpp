// Operations that leave the values as they are, or have none.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static LogicalResult importIdentity(OpCall &c) { return c.done(c.tensor("self")); }

static LogicalResult importDropout(OpCall &c) {
  if (c.boolean("train") && c.number("p") != 0)
    return c.unsupported("it is active: the model was exported in training mode",
                         "export the model for inference: `model.eval()`");
  return c.done(c.tensor("input"));
}

// Assertions. Those on shapes hold for whatever a run takes; those on elements are left out, as
// Python does with -O: they compute nothing.
static LogicalResult importNothing(OpCall &c) { return c.done({}); }

static const OpEntry kOps[] = {
    {"contiguous.default", "Tensor self, ignored memory_format=None", importIdentity},
    {"clone.default", "Tensor self, ignored memory_format=None", importIdentity},
    {"alias.default", "Tensor self", importIdentity},
    {"detach.default", "Tensor self", importIdentity},
    // Changes what autograd knows of the tensor, not the tensor.
    {"detach_.default", "Tensor self", importIdentity},
    {"lift_fresh.default", "Tensor self", importIdentity},
    {"lift_fresh_copy.default", "Tensor self", importIdentity},
    {"lift.default", "Tensor self", importIdentity},
    {"positive.default", "Tensor self", importIdentity},
    {"dropout.default", "Tensor input, float p, bool train", importDropout},
    {"_assert_tensor_metadata.default",
     "ignored a, ignored size=None, ignored stride=None, ignored dtype=None, ignored device=None, "
     "ignored layout=None",
     importNothing},
    {"_assert_scalar.default", "ignored self, ignored assert_msg", importNothing},
    {"_assert_async.default", "ignored self", importNothing},
    {"_assert_async.msg", "ignored self, ignored assert_msg", importNothing},
};

ArrayRef<OpEntry> buddy::bookkeepingOps() { return kOps; }
