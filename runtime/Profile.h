// The times of a run's kernels, and how the compiled code tells them.
#pragma once

#include "Model.h"
#include "buddy/runtime.h"
#include <atomic>
#include <vector>

namespace buddy::runtime {

// What a mark in the compiled code says (include/buddy/Midend/Transforms/Kernels.h).
enum class KernelEvent : int32_t { Begin = 0, End = 1, ThreadBegin = 2, ThreadEnd = 3 };

// Of one context. Kernels do not nest; each thread of one has a share.
class Profile {
public:
  explicit Profile(int threads);

  void startRun();
  void mark(int32_t kernel, KernelEvent event);

  const BuddyKernelTime *times() const { return room.data(); }
  size_t count() const { return std::min(used.load(std::memory_order_acquire), room.size()); }
  size_t lost() const { return used.load(std::memory_order_acquire) - count(); }

private:
  void add(const BuddyKernelTime &time);

  struct alignas(64) Share { // a cache line a thread
    int64_t begin = 0;
  };
  int64_t kernelBegin = 0;
  std::vector<Share> shares;
  std::vector<BuddyKernelTime> room;
  std::atomic<size_t> used = 0; // may go beyond the room
};

// While it lives, marks that the calling thread makes go to `profile`. `hook` is the variable of
// the compiled code; null if it has no kernels.
class ProfiledRun {
public:
  ProfiledRun(Profile *profile, ProfileHook *hook);
  ~ProfiledRun();
  ProfiledRun(const ProfiledRun &) = delete;

private:
  bool isOn;
};

} // namespace buddy::runtime
