// Checks of a user's tensor: dtype, shape, strides, device, alignment.
#include "TensorCheck.h"
#include "Failure.h"
#include <algorithm>

namespace buddy::runtime {

std::string tensorLabel(const TensorSpec &spec, const char *role, size_t index) {
  return concat(role, " ", index, " (", spec.name, ")");
}

template <typename... Parts>
[[noreturn]] static void wrong(const TensorSpec &spec, const char *role, size_t index,
                               const Parts &...parts) {
  fail(BUDDY_INVALID_TENSOR, tensorLabel(spec, role, index), ": ", parts...);
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

char *checkTensor(const DLTensor *tensor, const TensorSpec &spec, const char *role, size_t index) {
  if (!tensor)
    wrong(spec, role, index, "the tensor is null");
  DLDataType dtype = dlDataType(spec.dtype);
  if (tensor->dtype.code != dtype.code || tensor->dtype.bits != dtype.bits ||
      tensor->dtype.lanes != 1)
    wrong(spec, role, index, "dtype is ", dlDataTypeText(tensor->dtype), ", expected ",
          dataTypeName(spec.dtype));
  if (tensor->ndim < 0 || (tensor->ndim > 0 && !tensor->shape))
    wrong(spec, role, index, "has no shape");
  if (static_cast<size_t>(tensor->ndim) != spec.shape.size() ||
      !std::equal(spec.shape.begin(), spec.shape.end(), tensor->shape))
    wrong(spec, role, index, "shape is ", shapeText(tensor->shape, tensor->ndim), ", expected ",
          shapeText(spec.shape), "; the model is compiled for this shape alone");
  if (tensor->device.device_type != kDLCPU)
    wrong(spec, role, index, "is on device type ", int(tensor->device.device_type),
          ", expected CPU memory (", int(kDLCPU), ")");
  if (spec.elements == 0)
    return static_cast<char *>(tensor->data);
  if (tensor->strides && !isRowMajor(*tensor))
    wrong(spec, role, index, "strides are ", shapeText(tensor->strides, tensor->ndim),
          " for shape ", shapeText(spec.shape),
          "; expected a contiguous row-major tensor (copy it first)");
  if (!tensor->data)
    wrong(spec, role, index, "its data pointer is null");
  char *data = static_cast<char *>(tensor->data) + tensor->byte_offset;
  int64_t alignment = dataTypeBytes(spec.dtype);
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    wrong(spec, role, index, "its data is not aligned to ", alignment, " bytes");
  return data;
}

} // namespace buddy::runtime
