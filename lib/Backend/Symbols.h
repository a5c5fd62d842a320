// Which library each undefined symbol of an object file comes from.
#pragma once

#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace buddy::backend {

struct NeededLibrary {
  std::string soname; // "libomp.so.5"
  std::vector<std::string> symbols;
};

// The libraries that the object file needs, in a fixed order, each with the symbols it has to give.
// An error lists the symbols that no library of the runtime gives.
llvm::Expected<std::vector<NeededLibrary>> neededLibrariesOf(const std::string &objectPath);

} // namespace buddy::backend
