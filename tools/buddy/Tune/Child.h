// Work in a process of its own: what crashes or hangs there does not end the search.
#pragma once

#include <functional>
#include <string>

namespace buddy::tune {

struct ChildResult {
  enum class End { Done, Crashed, TimedOut, Interrupted };
  End end = End::Done;
  int status = 0;     // what `work` returned, if Done; the signal, if Crashed
  std::string output; // what `work` gave back, if Done
};

// Runs `work` in a child and waits for it. The child's standard streams go nowhere. It is ended
// when `secondsLimit` are over, when interrupted() becomes true, and when this process ends. To be
// called while this process has one thread.
ChildResult runInChild(const std::function<int(std::string &output)> &work, double secondsLimit);

// From now on SIGINT, SIGTERM and SIGHUP only make interrupted() true. A signal that was ignored
// stays so.
void catchInterrupts();
bool interrupted();
// Lets the signal that came do what it would have done without catchInterrupts.
void endByInterrupt();

} // namespace buddy::tune
