// Temporary files and folders that go when the process is told to end.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace buddy {

// While it lives, SIGINT, SIGTERM, SIGHUP and SIGPIPE remove what lies at `path`, a file or a
// folder with all in it, and then do what they would have done. To be made before what it removes
// is, so that a signal at any moment finds it. Removing it in the ordinary course is its maker's
// business.
class CleanOnSignal {
public:
  CleanOnSignal() = default;
  explicit CleanOnSignal(llvm::StringRef path);
  CleanOnSignal(CleanOnSignal &&other) noexcept;
  CleanOnSignal &operator=(CleanOnSignal &&other) noexcept;
  ~CleanOnSignal() { release(); }
  void release();

private:
  int slot = -1;
};

// While it lives, these signals wait: for what has to happen as a whole, and quickly.
class DelaySignals {
public:
  DelaySignals();
  ~DelaySignals();
  DelaySignals(const DelaySignals &) = delete;
};

// For a program's beginning. LLVM takes over the signals that end a program when it first has a
// temporary file, those too that are ignored (nohup, a shell's background), and then removes what
// it was told to. After this an ignored signal stays ignored.
void keepIgnoredSignals();

// Removes at once what is registered. Safe in a signal handler.
void removeTemporaries();

} // namespace buddy
