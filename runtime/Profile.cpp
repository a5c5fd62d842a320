// Marks come from the thread that runs the model and, within a kernel, from OpenMP's threads.
#include "Profile.h"
#include <chrono>
#include <omp.h>

namespace buddy::runtime {

static int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Profile::Profile(int threads) : shares(threads), room(256) {}

void Profile::startRun() {
  size_t wanted = used.exchange(0);
  if (wanted > room.size())
    room.resize(wanted);
}

void Profile::add(const BuddyKernelTime &time) {
  size_t at = used.fetch_add(1, std::memory_order_acq_rel);
  if (at < room.size())
    room[at] = time;
}

void Profile::mark(int32_t kernel, KernelEvent event) {
  // The caller may have asked OpenMP for more threads inside of a parallel region of its own.
  auto thread = static_cast<size_t>(omp_get_thread_num());
  switch (event) {
  case KernelEvent::Begin:
    kernelBegin = now();
    return;
  case KernelEvent::End:
    return add({static_cast<uint32_t>(kernel), -1, kernelBegin, now()});
  case KernelEvent::ThreadBegin:
    if (thread < shares.size())
      shares[thread].begin = now();
    return;
  case KernelEvent::ThreadEnd:
    if (thread < shares.size())
      add({static_cast<uint32_t>(kernel), static_cast<int32_t>(thread), shares[thread].begin,
           now()});
    return;
  }
}

// The run of this thread whose times are taken.
static thread_local Profile *current = nullptr;

// A kernel that begins gets a token, which its threads hand back: they do not know whose run it is.
static int64_t onMark(int64_t token, int32_t kernel, int32_t event) {
  Profile *profile = token ? reinterpret_cast<Profile *>(token) : current;
  if (profile)
    profile->mark(kernel, static_cast<KernelEvent>(event));
  return reinterpret_cast<int64_t>(profile);
}

ProfiledRun::ProfiledRun(Profile *profile, ProfileHook *hook) : isOn(profile && hook) {
  if (!isOn)
    return;
  profile->startRun();
  current = profile;
  // Stays: other threads may be running the same code, and for them it says nothing.
  __atomic_store_n(hook, &onMark, __ATOMIC_RELAXED);
}

ProfiledRun::~ProfiledRun() {
  if (isOn)
    current = nullptr;
}

} // namespace buddy::runtime
