// Memory that a context keeps from run to run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace buddy::runtime {

class GrowingBuffer {
public:
  // At least `bytes` bytes, aligned to a cache line. What was in the buffer is lost when it grows;
  // otherwise it is the same memory as before. Throws Failure with BUDDY_OUT_OF_MEMORY, and may be
  // asked again after that.
  char *atLeast(int64_t bytes);
  char *data() const { return memory.get(); } // null before the first atLeast

private:
  bool allocate(int64_t bytes);

  struct Free {
    void operator()(void *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<char, Free> memory;
  int64_t capacity = 0;
};

} // namespace buddy::runtime
