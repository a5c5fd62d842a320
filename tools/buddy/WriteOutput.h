// A file that a command was asked for.
#pragma once

#include <string>

namespace buddy {

// Replaces the file at `path` in one step; a signal waits until it is done, so that nothing is left
// beside it. Throws runtime::Failure.
void writeOutput(const std::string &path, const std::string &text);

} // namespace buddy
