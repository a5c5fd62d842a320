// Counts allocations of the whole process, to show that a run makes none.
#include <atomic>
#include <cstdlib>

std::atomic<long> allocations{0};

// Sanitizers bring their own malloc: gcc says so by a macro, clang by a feature.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BUDDY_SANITIZED_MALLOC
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUDDY_SANITIZED_MALLOC
#endif

#if defined(__GLIBC__) && !defined(BUDDY_SANITIZED_MALLOC)

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
