// Allocation with room to grow, on huge pages where they help.
#include "GrowingBuffer.h"
#include "Failure.h"
#include <algorithm>
#include <sys/mman.h>

namespace buddy::runtime {

constexpr size_t cacheLine = 64;
constexpr int64_t hugePage = 2 << 20;

bool GrowingBuffer::allocate(int64_t bytes) {
  // Huge pages where the kernel has them: activations of a long sequence span more small pages than
  // the processor keeps translations for.
  size_t alignment = bytes >= 2 * hugePage ? hugePage : cacheLine;
  size_t rounded = (static_cast<size_t>(bytes) + alignment - 1) / alignment * alignment;
  memory.reset(static_cast<char *>(std::aligned_alloc(alignment, rounded ? rounded : alignment)));
  if (!memory)
    return false;
  capacity = bytes;
  if (alignment == hugePage)
    ::madvise(memory.get(), rounded, MADV_HUGEPAGE); // only advice: no error is one of the run
  return true;
}

char *GrowingBuffer::atLeast(int64_t bytes) {
  if (memory && bytes <= capacity)
    return memory.get();
  // A sequence that grows by one each run would allocate in each; so there is room for a half more.
  // Pages of it that are not touched are not there.
  int64_t roomy = std::max(bytes, capacity / 2 * 3);
  // Freed first: old and new together may be more than there is.
  memory.reset();
  capacity = 0;
  if (!allocate(roomy) && !allocate(bytes))
    fail(BUDDY_OUT_OF_MEMORY, "cannot allocate ", bytes, " bytes for a run of the model");
  return memory.get();
}

} // namespace buddy::runtime
