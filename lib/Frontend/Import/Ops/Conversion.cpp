// Other element types. Devices and memory formats are ignored: everything runs on the CPU, and
// tensors have values, not layouts.
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

static LogicalResult importTo(OpCall &c) {
  Value self = c.tensor("self");
  Type type = c.dtype("dtype", elementTypeOf(self));
  return type ? c.done(c.b.convert(self, type)) : failure();
}

static LogicalResult importToOther(OpCall &c) {
  return c.done(c.b.convert(c.tensor("self"), elementTypeOf(c.tensor("other"))));
}

#define OPTIONS                                                                                    \
  "ignored layout=None, ignored device=None, ignored pin_memory=None, "                            \
  "ignored non_blocking=False, ignored copy=False, ignored memory_format=None"

static const OpEntry kOps[] = {
    {"to.dtype",
     "Tensor self, dtype dtype, ignored non_blocking=False, ignored copy=False, "
     "ignored memory_format=None",
     importTo},
    {"to.device",
     "Tensor self, ignored device, dtype dtype, ignored non_blocking=False, "
     "ignored copy=False, ignored memory_format=None",
     importTo},
    {"to.dtype_layout", "Tensor self, dtype? dtype=None, " OPTIONS, importTo},
    {"_to_copy.default", "Tensor self, dtype? dtype=None, " OPTIONS, importTo},
    {"to.other",
     "Tensor self, Tensor other, ignored non_blocking=False, ignored copy=False, "
     "ignored memory_format=None",
     importToOther},
    {"type_as.default", "Tensor self, Tensor other", importToOther},
};

ArrayRef<OpEntry> buddy::conversionOps() { return kOps; }
