// What is said when the compiler crashes, and what is left: a file and the command that repeat it.
#pragma once

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace buddy {

// While it lives, a crash (a bad access, an abort, a stack that is used up) on any thread does not
// end in a dump of the stack: the stage and the pass are named, temporary files removed, and this
// program is run again with `arguments` and --reproduce=STAGE,TIMES, which compiles up to that
// stage and writes its input. From the process that crashed nothing more is asked than that: its
// memory may be damaged. With BUDDY_DEBUG set the stack is dumped as well. Running out of memory
// ends with a message.
class CrashReports {
public:
  explicit CrashReports(std::vector<std::string> arguments);
  ~CrashReports();
  CrashReports(const CrashReports &) = delete;

  // A stage begins.
  void stage(llvm::StringRef name);
};

} // namespace buddy
