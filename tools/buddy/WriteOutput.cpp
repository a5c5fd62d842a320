#include "WriteOutput.h"
#include "Failure.h"
#include "WriteFile.h"
#include "buddy/Package/CleanOnSignal.h"
#include <filesystem>
#include <optional>

namespace buddy {

void writeOutput(const std::string &path, const std::string &text) {
  // A pipe or a device may keep it waiting, and has nothing beside it to leave.
  std::error_code ignored;
  auto kind = std::filesystem::status(path, ignored).type();
  std::optional<DelaySignals> whole;
  if (kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found)
    whole.emplace();
  if (std::string problem = writeFile(path, text); !problem.empty())
    runtime::fail(BUDDY_INVALID_ARGUMENT, problem);
}

} // namespace buddy
