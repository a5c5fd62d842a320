// buddy compile: an exported archive to a package, or to any stage on the way.
#pragma once

#include <CLI/CLI.hpp>

namespace buddy {

void addCompileCommand(CLI::App &app, int &status);

} // namespace buddy
