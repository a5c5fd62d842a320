// The handler calls only what is safe in one: open, the directory's system call, unlinkat,
// nanosleep, sigaction, raise. opendir is not among them, for it allocates.
#include "buddy/Package/CleanOnSignal.h"
#include "llvm/Support/Signals.h"
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace buddy {

namespace {
// A path to remove. `used` is for those who register; the handler looks at `armed`.
struct Slot {
  bool used = false;
  std::atomic<bool> armed = false;
  char path[PATH_MAX];
};

// As the kernel writes them (getdents64).
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};
} // namespace

static constexpr int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
static struct sigaction previous[std::size(endings)];
static std::array<Slot, 32> slots; // what one compilation has open, several times over
static std::mutex mutex;           // of registering
static bool installed = false;
static int users = 0;
static std::atomic<int> delays = 0;
static std::atomic<int> delayed = 0; // the signal that waits, or 0

static constexpr int deepest = 4; // folders within folders

static void removeAt(int folder, const char *name, int depth);

static void removeEntries(int folder, int depth) {
  alignas(DirectoryEntry) char buffer[4096];
  ::lseek(folder, 0, SEEK_SET); // it may have been read before
  for (long count; (count = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < count;) {
      auto *entry = reinterpret_cast<DirectoryEntry *>(buffer + at);
      at += entry->length;
      if (std::strcmp(entry->name, ".") && std::strcmp(entry->name, ".."))
        removeAt(folder, entry->name, depth + 1);
    }
  }
}

// A program that we started may still write into the folder: it is tried again for a while.
static void removeAt(int folder, const char *name, int depth) {
  if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT || depth > deepest)
    return;
  int inner = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (inner < 0)
    return;
  for (int attempt = 0; attempt < 50; ++attempt) {
    removeEntries(inner, depth);
    if (::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno != ENOTEMPTY)
      break;
    timespec pause = {0, 2000000};
    ::nanosleep(&pause, nullptr);
  }
  ::close(inner);
}

void removeTemporaries() {
  for (Slot &slot : slots)
    if (slot.armed.exchange(false))
      removeAt(AT_FDCWD, slot.path, 0);
}

static void onSignal(int number) {
  int savedErrno = errno;
  if (delays > 0) {
    delayed = number;
    errno = savedErrno;
    return;
  }
  // A second one, on another thread, must not end the process before the first has cleaned up.
  static std::atomic<bool> isCleaning = false;
  if (isCleaning.exchange(true))
    return;
  removeTemporaries();
  isCleaning = false;
  for (size_t i = 0; i < std::size(endings); ++i)
    if (endings[i] == number)
      ::sigaction(number, &previous[i], nullptr);
  // Delivered when this handler returns, for it is blocked until then.
  ::raise(number);
  errno = savedErrno;
}

static void install() {
  if (users++ || installed)
    return;
  installed = true;
  for (size_t i = 0; i < std::size(endings); ++i) {
    struct sigaction action = {};
    action.sa_handler = onSignal;
    ::sigaction(endings[i], nullptr, &previous[i]);
    // A signal that is ignored (nohup) stays so.
    if (previous[i].sa_handler != SIG_IGN)
      ::sigaction(endings[i], &action, nullptr);
  }
}

static void uninstall() {
  if (--users)
    return;
  // Not where somebody has put a handler above this one, which will call it.
  for (size_t i = 0; i < std::size(endings); ++i) {
    struct sigaction present = {};
    ::sigaction(endings[i], nullptr, &present);
    if (previous[i].sa_handler != SIG_IGN && present.sa_handler != onSignal)
      return;
  }
  installed = false;
  for (size_t i = 0; i < std::size(endings); ++i)
    if (previous[i].sa_handler != SIG_IGN)
      ::sigaction(endings[i], &previous[i], nullptr);
}

void keepIgnoredSignals() {
  static constexpr int taken[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR2, SIGPIPE};
  struct sigaction given[std::size(taken)];
  for (size_t i = 0; i < std::size(taken); ++i)
    ::sigaction(taken[i], nullptr, &given[i]);
  llvm::sys::SetInterruptFunction(nullptr); // LLVM installs its handlers, once
  for (size_t i = 0; i < std::size(taken); ++i)
    if (given[i].sa_handler == SIG_IGN)
      ::sigaction(taken[i], &given[i], nullptr);
}

CleanOnSignal::CleanOnSignal(llvm::StringRef path) {
  std::lock_guard<std::mutex> guard(mutex);
  for (size_t i = 0; i < slots.size() && path.size() < sizeof slots[i].path; ++i) {
    if (slots[i].used)
      continue;
    slot = static_cast<int>(i);
    slots[i].used = true;
    std::memcpy(slots[i].path, path.data(), path.size());
    slots[i].path[path.size()] = 0;
    install();
    slots[i].armed = true;
    return;
  }
}

CleanOnSignal::CleanOnSignal(CleanOnSignal &&other) noexcept
    : slot(std::exchange(other.slot, -1)) {}

CleanOnSignal &CleanOnSignal::operator=(CleanOnSignal &&other) noexcept {
  std::swap(slot, other.slot);
  return *this;
}

void CleanOnSignal::release() {
  if (slot < 0)
    return;
  std::lock_guard<std::mutex> guard(mutex);
  slots[slot].armed = false;
  slots[slot].used = false;
  slot = -1;
  uninstall();
}

DelaySignals::DelaySignals() {
  std::lock_guard<std::mutex> guard(mutex);
  install();
  ++delays;
}

DelaySignals::~DelaySignals() {
  if (--delays == 0)
    if (int number = delayed.exchange(0))
      ::raise(number);
  std::lock_guard<std::mutex> guard(mutex);
  uninstall();
}

} // namespace buddy
