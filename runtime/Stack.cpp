// A kernel's temporaries lie on the stack of each thread that works on it, and nothing would say
// that it was too small for them.
#include "Stack.h"
#include "Failure.h"
#include <algorithm>
#include <limits>
#include <omp.h>
#include <pthread.h>

namespace buddy::runtime {

// For what a kernel spills, and for the frames of OpenMP below it.
constexpr int64_t framesBytes = 48 << 10;
// OpenMP's own default.
constexpr size_t ordinaryWorkerBytes = 4 << 20;
constexpr size_t mostWorkerBytes = 64 << 20;

static int64_t bytesNeeded(const EntrySpec &entry) {
  // A manifest may say anything.
  return std::min(entry.stackBytes, std::numeric_limits<int64_t>::max() / 2) + framesBytes;
}

void requireWorkerStacks(const EntrySpec &entry) {
  size_t needed = bytesNeeded(entry);
  if (needed > mostWorkerBytes)
    fail(BUDDY_OUT_OF_MEMORY, "the entry '", entry.name, "' needs ", needed,
         " bytes of stack in each thread: no thread has that; compile the model again");
  if (kmp_get_stacksize_s() >= needed)
    return;
  kmp_set_stacksize_s(std::max(needed, ordinaryWorkerBytes));
  if (size_t given = kmp_get_stacksize_s(); given < needed)
    fail(BUDDY_OUT_OF_MEMORY, "the entry '", entry.name, "' needs ", needed,
         " bytes of stack in each thread, and OpenMP's threads, which this process has started "
         "already, have ",
         given, ": set OMP_STACKSIZE to more, or leave it unset");
}

// The lowest address of the calling thread's stack; 0 if the system does not say.
static uintptr_t lowestOfStack() {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0)
    return 0;
  void *lowest = nullptr;
  size_t size = 0;
  bool known = ::pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<uintptr_t>(lowest) : 0;
}

void requireStackHere(const EntrySpec &entry) {
  // Once a thread: it allocates, and reads a file for the main one.
  static thread_local uintptr_t lowest = lowestOfStack();
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  // On another stack than the thread's own (a coroutine's) nothing is known.
  if (here < lowest)
    return;
  if (int64_t left = here - lowest; left < bytesNeeded(entry))
    fail(BUDDY_OUT_OF_MEMORY, "the entry '", entry.name, "' needs ", bytesNeeded(entry),
         " bytes of stack, and the calling thread has ", left,
         " left: call it from a thread with more (the main thread's is set by `ulimit -s`)");
}

} // namespace buddy::runtime
