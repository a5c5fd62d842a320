// Checks of a user's tensor: dtype, shape, strides, device, alignment.
#include "TensorCheck.h"
#include "Failure.h"
#include <algorithm>

namespace buddy::runtime {

std::string tensorLabel(const RunTensor &tensor) {
  return concat(tensor.role, " ", tensor.index, " (", tensor.spec->name, ")");
}

template <typename... Parts>
[[noreturn]] static void wrong(const RunTensor &expected, const Parts &...parts) {
  fail(BUDDY_INVALID_TENSOR, tensorLabel(expected), ": ", parts...);
}

void checkList(const DLTensor *const *given, size_t count, const std::vector<TensorSpec> &expected,
               const char *role) {
  if (count != expected.size()) {
    std::string names;
    for (const TensorSpec &spec : expected)
      names += concat(names.empty() ? "" : ", ", spec.name, " ", dataTypeName(spec.dtype),
                      shapeText(spec));
    fail(BUDDY_INVALID_TENSOR, "got ", count, " ", role, "s, expected ", expected.size(), ": ",
         names);
  }
  if (count && !given)
    fail(BUDDY_INVALID_ARGUMENT, "the list of ", role, "s is null");
}

// Dense and row-major; the stride of a dimension of size 1 does not matter.
static bool isRowMajor(const DLTensor &tensor) {
  int64_t expected = 1;
  for (int i = tensor.ndim; i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected)
      return false;
    expected *= tensor.shape[i];
  }
  return true;
}

static constexpr const char *thisShapeAlone = "; the model is compiled for this shape alone";

static void checkNotNull(const DLTensor *tensor, const RunTensor &expected) {
  if (!tensor)
    wrong(expected, "the tensor is null");
}

void checkRank(const DLTensor *tensor, const RunTensor &expected) {
  checkNotNull(tensor, expected);
  if (tensor->ndim < 0 || (tensor->ndim > 0 && !tensor->shape))
    wrong(expected, "has no shape");
  if (static_cast<size_t>(tensor->ndim) != expected.shape.size())
    wrong(expected, "shape is ", shapeText(tensor->shape, tensor->ndim), ", expected ",
          shapeText(*expected.spec), expected.spec->isDynamic() ? "" : thisShapeAlone);
}

void checkShape(const DLTensor *tensor, const RunTensor &expected, const RunSizes &run) {
  checkRank(tensor, expected);
  if (std::equal(expected.shape.begin(), expected.shape.end(), tensor->shape))
    return;
  const TensorSpec &spec = *expected.spec;
  wrong(expected, "shape is ", shapeText(tensor->shape, tensor->ndim), ", expected ",
        shapeText(spec), spec.isDynamic() ? " with " + run.symbolsText(spec) : thisShapeAlone);
}

char *checkTensor(const DLTensor *tensor, const RunTensor &expected, const RunSizes &run) {
  checkNotNull(tensor, expected);
  const TensorSpec &spec = *expected.spec;
  DLDataType dtype = dlDataType(spec.dtype);
  if (tensor->dtype.code != dtype.code || tensor->dtype.bits != dtype.bits ||
      tensor->dtype.lanes != 1)
    wrong(expected, "dtype is ", dlDataTypeText(tensor->dtype), ", expected ",
          dataTypeName(spec.dtype));
  checkShape(tensor, expected, run);
  if (tensor->device.device_type != kDLCPU)
    wrong(expected, "is on device type ", int(tensor->device.device_type),
          ", expected CPU memory (", int(kDLCPU), ")");
  if (expected.elements == 0)
    return static_cast<char *>(tensor->data);
  if (tensor->strides && !isRowMajor(*tensor))
    wrong(expected, "strides are ", shapeText(tensor->strides, tensor->ndim), " for shape ",
          shapeText(expected.shape), "; expected a contiguous row-major tensor (copy it first)");
  if (!tensor->data)
    wrong(expected, "its data pointer is null");
  char *data = static_cast<char *>(tensor->data) + tensor->byte_offset;
  int64_t alignment = dataTypeBytes(spec.dtype);
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    wrong(expected, "its data is not aligned to ", alignment, " bytes");
  return data;
}

} // namespace buddy::runtime
