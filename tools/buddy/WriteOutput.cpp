#include "WriteOutput.h"
#include "Failure.h"
#include "WriteFile.h"
#include "buddy/Package/CleanOnSignal.h"

namespace buddy {

void writeOutput(const std::string &path, const std::string &text) {
  DelaySignals whole;
  if (std::string problem = writeFile(path, text); !problem.empty())
    runtime::fail(BUDDY_INVALID_ARGUMENT, problem);
}

} // namespace buddy
