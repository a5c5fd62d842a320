// The two halves of `buddy inspect`.
#pragma once

#include <string>

namespace buddy {

enum class InspectForm { Text, Json, Schedule };

// Both print to the standard output and return an exit status.
int inspectPackage(const std::string &folder, InspectForm form);
int inspectArchive(const std::string &path, InspectForm form);

} // namespace buddy
