// The compiler recurses into what it compiles, and the main thread's stack is what the shell says.
#include "LargeStack.h"
#include <algorithm>
#include <pthread.h>
#include <sys/resource.h>

namespace buddy {

constexpr rlim_t ordinaryBytes = 8 << 20;

namespace {
struct Job {
  const std::function<int()> &work;
  int status = 0;
};
} // namespace

static void *start(void *job) {
  auto *given = static_cast<Job *>(job);
  given->status = given->work();
  return nullptr;
}

int withOrdinaryStack(const std::function<int()> &work) {
  struct rlimit limit;
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= ordinaryBytes)
    return work();
  // For the linker, which is a program of its own.
  limit.rlim_cur = std::min(limit.rlim_max, ordinaryBytes);
  ::setrlimit(RLIMIT_STACK, &limit);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, ordinaryBytes);
  ::pthread_setattr_default_np(&attributes);
  Job job{work};
  pthread_t thread;
  bool started = ::pthread_create(&thread, &attributes, start, &job) == 0;
  ::pthread_attr_destroy(&attributes);
  if (!started)
    return work();
  ::pthread_join(thread, nullptr);
  return job.status;
}

} // namespace buddy
