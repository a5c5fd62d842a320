// The two halves of `buddy inspect`.
#pragma once

#include <string>

namespace buddy {

// Both print to the standard output and return an exit status.
int inspectPackage(const std::string &folder, bool json);
int inspectArchive(const std::string &path, bool json);

} // namespace buddy
