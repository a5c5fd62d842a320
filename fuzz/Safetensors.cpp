// A file of tensors: it is read, or refused with a reason.
#include "Safetensors.h"
#include "DataType.h"
#include "Failure.h"
#include "MemoryFile.h"
#include "Require.h"

using namespace buddy;

static unsigned sum = 0;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  // The header's length is hard to guess: eight bytes that do not fit it are made to.
  std::string fitting;
  uint64_t length = 0;
  for (size_t i = 0; i < 8 && i < size; ++i)
    length |= uint64_t(data[i]) << 8 * i;
  if (size > 8 && length > size - 8 && (length & 1)) {
    size_t end = bytes.rfind('}');
    uint64_t fits = end == std::string_view::npos || end < 8 ? size - 8 : end - 7;
    fitting = bytes;
    for (int i = 0; i < 8; ++i)
      fitting[i] = char(fits >> 8 * i);
    bytes = fitting;
  }
  fuzz::MemoryFile file(bytes);
  try {
    runtime::SafetensorsFile tensors(file.path());
    for (const runtime::StoredTensor &tensor : tensors.tensors()) {
      REQUIRE(tensors.find(tensor.name) == &tensor);
      int64_t elements = 1;
      for (int64_t dimension : tensor.shape)
        elements *= dimension;
      REQUIRE(int64_t(tensor.data.size()) ==
              elements * runtime::safetensorsElementBytes(tensor.dtype));
      for (char byte : tensor.data)
        sum += byte;
    }
  } catch (const runtime::Failure &failure) {
    REQUIRE(failure.status() == BUDDY_DAMAGED);
    REQUIRE(std::string_view(failure.what()).starts_with(file.path()));
  }
  return 0;
}
