// fork, a pipe for the result, and a parent that stays awake for signals.
#include "Child.h"
#include "Failure.h"
#include <chrono>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace buddy::tune {

static volatile std::sig_atomic_t caught = 0;
static constexpr int endings[] = {SIGINT, SIGTERM, SIGHUP};

static void onSignal(int number) { caught = number; }

void catchInterrupts() {
  for (int number : endings) {
    struct sigaction previous = {}, action = {};
    ::sigaction(number, nullptr, &previous);
    if (previous.sa_handler == SIG_IGN)
      continue;
    action.sa_handler = onSignal; // without SA_RESTART: poll() returns at once
    ::sigaction(number, &action, nullptr);
  }
}

bool interrupted() { return caught != 0; }

void endByInterrupt() {
  int number = caught;
  std::signal(number, SIG_DFL);
  std::raise(number);
}

static void writeAll(int file, const std::string &bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::write(file, bytes.data() + done, bytes.size() - done);
    if (count > 0)
      done += count;
    else if (count < 0 && errno != EINTR)
      return; // the parent is gone
  }
}

[[noreturn]] static void childMain(const std::function<int(std::string &)> &work, int result,
                                   pid_t parent) {
  // Ctrl-C goes to the whole group; it is the parent that ends the child.
  for (int number : endings)
    std::signal(number, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(0);
  int nowhere = ::open("/dev/null", O_RDWR);
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(nowhere, stream);
  std::string output;
  int status = 70;
  try {
    status = work(output);
  } catch (const std::exception &error) {
    output = error.what();
  }
  writeAll(result, output);
  ::_exit(status);
}

ChildResult runInChild(const std::function<int(std::string &)> &work, double secondsLimit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    runtime::fail(BUDDY_INTERNAL, "cannot make a pipe: ", runtime::errnoText());
  pid_t parent = ::getpid(), child = ::fork();
  if (child < 0)
    runtime::fail(BUDDY_OUT_OF_MEMORY, "cannot start a process: ", runtime::errnoText());
  if (child == 0)
    childMain(work, ends[1], parent);
  ::close(ends[1]);

  ChildResult result;
  auto stop = [&](ChildResult::End end) {
    result.end = end;
    ::kill(child, SIGKILL);
  };
  auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(secondsLimit);
  char buffer[4096];
  for (bool open = true; open;) {
    if (interrupted())
      stop(ChildResult::End::Interrupted);
    else if (std::chrono::steady_clock::now() >= deadline)
      stop(ChildResult::End::TimedOut);
    // The time is short: a signal may come between the question above and this wait.
    pollfd waiting = {ends[0], POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0 && result.end == ChildResult::End::Done)
      continue;
    ssize_t count = ::read(ends[0], buffer, sizeof buffer);
    if (count > 0)
      result.output.append(buffer, count);
    open = count > 0 || (count < 0 && errno == EINTR);
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  if (result.end != ChildResult::End::Done)
    return result;
  if (WIFEXITED(status)) {
    result.status = WEXITSTATUS(status);
  } else {
    result.end = ChildResult::End::Crashed;
    result.status = WTERMSIG(status);
  }
  return result;
}

} // namespace buddy::tune
