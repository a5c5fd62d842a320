// torch.nn.functional.rms_norm, kept whole.
#include "buddy/Frontend/Import/OpTable.h"
#include <limits>

using namespace mlir;
using namespace buddy;

static LogicalResult importRmsNorm(OpCall &c) {
  Value input = c.tensor("input"), weight = c.tensor("weight");
  Type type = elementTypeOf(input);
  if (!isa<FloatType>(type) || (weight && elementTypeOf(weight) != type))
    return c.unsupported("input and weight are not of one float dtype",
                         "convert them to float32 first (`.float()`)");
  ArrayRef<Size> shape = sizesOf(input);
  SmallVector<Size> normalized = c.sizes("normalized_shape");
  if (normalized.empty() || normalized.size() > shape.size() ||
      shape.take_back(normalized.size()) != ArrayRef<Size>(normalized) ||
      (weight && sizesOf(weight) != ArrayRef<Size>(normalized)))
    return c.invalid("its normalized_shape is not that of the input's last dimensions");
  double eps = c.isNone("eps") ? (type.isF32() ? double(std::numeric_limits<float>::epsilon())
                                               : std::numeric_limits<double>::epsilon())
                               : c.number("eps");
  if (!(eps >= 0 && std::isfinite(eps)))
    return c.unsupported("its eps is negative or not finite");
  // The dimensions it normalizes over as one.
  SmallVector<Size> rows(shape.drop_back(normalized.size()));
  std::optional<Size> size = c.joined(normalized);
  if (!size)
    return failure();
  rows.push_back(*size);
  Value flat = c.b.reshape(input, rows, "rms_norm");
  if (!flat)
    return c.done(flat);
  if (weight)
    weight = c.b.reshape(weight, *size, "rms_norm");
  Value norm = graph::RmsNormOp::create(c.b.builder, c.b.loc, flat.getType(), flat, weight,
                                        llvm::APFloat(eps));
  return c.done(c.b.reshape(norm, shape, "rms_norm"));
}

static const OpEntry kOps[] = {
    {"rms_norm.default",
     "Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None", importRmsNorm},
};

ArrayRef<OpEntry> buddy::rmsNormOps() { return kOps; }
