// A file of tensors: it is read, or refused with a reason.
#include "Safetensors.h"
#include "DataType.h"
#include "Failure.h"
#include "MemoryFile.h"
#include "Require.h"
#include <algorithm>

using namespace buddy;

static unsigned sum = 0;

// Text that begins as a header does is one, up to the end of its line, and data: it gets the
// header's length before it. Of other bytes the length, which is hard to guess, is made to fit
// where it does not.
static std::string fileOf(std::string_view bytes) {
  std::string file;
  size_t header = 0;
  if (bytes.starts_with('{')) {
    header = std::min(bytes.find('\n'), bytes.size());
    file = std::string(8, '\0') + std::string(bytes.substr(0, header)) +
           std::string(bytes.substr(std::min(header + 1, bytes.size())));
  } else {
    file = bytes;
    uint64_t length = 0;
    for (size_t i = 0; i < 8 && i < file.size(); ++i)
      length |= uint64_t(uint8_t(file[i])) << 8 * i;
    if (file.size() <= 8 || length <= file.size() - 8 || !(length & 1))
      return file;
    size_t end = file.rfind('}');
    header = end == std::string::npos || end < 8 ? file.size() - 8 : end - 7;
  }
  for (int i = 0; i < 8; ++i)
    file[i] = char(header >> 8 * i);
  return file;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes = fileOf({reinterpret_cast<const char *>(data), size});
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
