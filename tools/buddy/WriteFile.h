// A small file that is there whole or not at all.
#pragma once

#include <string>

namespace buddy {

// Replaces the file at `path` in one step. What went wrong, or empty.
std::string writeFile(const std::string &path, const std::string &text);

} // namespace buddy
