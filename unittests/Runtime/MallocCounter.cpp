// Counts allocations of the whole process, to show that a run makes none.
#include <atomic>
#include <cstdlib>

std::atomic<long> allocations{0};

#if defined(__GLIBC__) && !__has_feature(address_sanitizer)

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

bool countsAllocations() { return allocations > 0; }

#else

bool countsAllocations() { return false; }

#endif
