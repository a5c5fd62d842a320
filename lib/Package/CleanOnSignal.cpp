// The handler calls only what is safe in one: open, unlinkat, rmdir, sigaction, raise.
#include "CleanOnSignal.h"
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace buddy {

static constexpr int endings[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction previous[std::size(endings)];
static char folderPath[PATH_MAX];
static llvm::ArrayRef<const char *> fileNames;
static volatile std::sig_atomic_t active = 0;

static void onSignal(int number) {
  int savedErrno = errno;
  if (active) {
    active = 0;
    int folder = ::open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      for (const char *name : fileNames)
        ::unlinkat(folder, name, 0);
      ::close(folder);
    }
    ::rmdir(folderPath);
  }
  for (size_t i = 0; i < std::size(endings); ++i)
    if (endings[i] == number)
      ::sigaction(number, &previous[i], nullptr);
  // Delivered when this handler returns, for it is blocked until then.
  ::raise(number);
  errno = savedErrno;
}

bool cleanOnSignal(llvm::StringRef folder, llvm::ArrayRef<const char *> files) {
  if (active || folder.size() >= sizeof folderPath)
    return false;
  std::memcpy(folderPath, folder.data(), folder.size());
  folderPath[folder.size()] = 0;
  fileNames = files;
  active = 1;
  for (size_t i = 0; i < std::size(endings); ++i) {
    struct sigaction action = {};
    action.sa_handler = onSignal;
    ::sigaction(endings[i], nullptr, &previous[i]);
    // A signal that is ignored (nohup) stays so.
    if (previous[i].sa_handler != SIG_IGN)
      ::sigaction(endings[i], &action, nullptr);
  }
  return true;
}

void noCleanOnSignal() {
  if (!active)
    return;
  for (size_t i = 0; i < std::size(endings); ++i)
    if (previous[i].sa_handler != SIG_IGN)
      ::sigaction(endings[i], &previous[i], nullptr);
  active = 0;
}

} // namespace buddy
