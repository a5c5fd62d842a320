// The handler calls only what is safe in one: write, execv, and what CleanOnSignal.cpp uses. All
// texts are prepared before.
#include "Crash.h"
#include "Commands.h"
#include "Console.h"
#include "buddy/Package/CleanOnSignal.h"
#include "buddy/Pipelines/RunningPass.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Signals.h"
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <unistd.h>

namespace buddy {

static constexpr struct {
  int number;
  const char *meaning;
} crashes[] = {{SIGSEGV, "it reached for memory that is not there, or used up its stack"},
               {SIGBUS, "it reached for memory that is not there"},
               {SIGILL, "it ran an instruction that is none"},
               {SIGFPE, "it divided by zero"},
               {SIGABRT, "it gave up"}};

static std::vector<std::string> arguments;
static llvm::StringMap<int> timesBegun;
// What the handler reads: one is written while the other is in use.
static struct Prepared {
  char stage[64], option[96];
  char *line[256]; // ends with a null pointer; empty: nothing can be repeated
} prepared[2];
static std::atomic<int> current = 0;
static bool isDebug = false, isTerminal = false;
static void (*previousNewHandler)() = nullptr;

static void say(const char *text) {
  for (size_t left = std::strlen(text); left;) {
    ssize_t count = ::write(STDERR_FILENO, text, left);
    if (count <= 0)
      return;
    text += count;
    left -= count;
  }
}

static void onCrash(int number) {
  // A second thread's crash, or one in here.
  static std::atomic<bool> isReporting = false;
  if (isReporting.exchange(true))
    for (;;)
      ::pause();
  const Prepared &now = prepared[current];
  const char *meaning = "";
  for (auto &crash : crashes)
    if (crash.number == number)
      meaning = crash.meaning;
  if (isTerminal)
    say("\r\033[K");
  say("buddy: error: the compiler crashed in stage ");
  say(now.stage);
  if (*runningPass()) {
    say(", pass ");
    say(runningPass());
  }
  say(": ");
  say(meaning);
  say("\n");
  if (isDebug)
    llvm::sys::PrintStackTrace(llvm::errs());
  llvm::sys::RunInterruptHandlers(); // LLVM's own temporary files
  removeTemporaries();
  // The handler's mask would be the new program's.
  sigset_t all;
  ::sigemptyset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  if (now.line[0]) {
    say("buddy: compiling up to that stage again, for what repeats it ...\n");
    ::execv("/proc/self/exe", now.line);
  }
  say("buddy: this is a fault of the compiler, not of your program; the same command repeats it\n");
  ::_exit(OurFault);
}

static void onNoMemory() {
  removeTemporaries();
  say("buddy: error: out of memory\n");
  ::_exit(BadInput);
}

CrashReports::CrashReports(std::vector<std::string> given) {
  arguments = std::move(given);
  timesBegun.clear();
  isDebug = std::getenv("BUDDY_DEBUG") != nullptr;
  isTerminal = hasProgressLine();
  stage("graph");
  timesBegun.clear();
  // LLVM installs handlers of its own when it first makes a temporary file, and abort() calls only
  // the topmost: let them be below. This also gives the main thread its stack for handlers.
  llvm::sys::SetInterruptFunction(nullptr);
  for (auto &crash : crashes) {
    struct sigaction action = {};
    action.sa_handler = onCrash;
    action.sa_flags = SA_ONSTACK;
    ::sigaction(crash.number, &action, nullptr);
  }
  previousNewHandler = std::set_new_handler(onNoMemory);
}

CrashReports::~CrashReports() {
  for (auto &crash : crashes)
    ::signal(crash.number, SIG_DFL);
  std::set_new_handler(previousNewHandler);
}

void CrashReports::stage(llvm::StringRef name) {
  Prepared &next = prepared[1 - current];
  auto put = [](char *to, size_t size, const std::string &text) {
    std::memcpy(to, text.c_str(), std::min(text.size() + 1, size));
    to[size - 1] = 0;
  };
  put(next.stage, sizeof next.stage, name.str());
  put(next.option, sizeof next.option,
      "--reproduce=" + name.str() + "," + std::to_string(++timesBegun[name]));
  size_t count = 0;
  // Before the first stage there is no IR to write, and after the last one nothing to go on from.
  bool hasInput = name != "graph" && name != "package";
  if (hasInput && arguments.size() + 2 < std::size(next.line)) {
    // Behind the command's name: what follows may end in "--".
    for (std::string &argument : arguments) {
      next.line[count++] = argument.data();
      if (count == 2)
        next.line[count++] = next.option;
    }
  }
  next.line[count] = nullptr;
  current = 1 - current;
}

} // namespace buddy
