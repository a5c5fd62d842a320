// model.h of a package: typed C functions for its entry points.
#pragma once

#include "ManifestWriter.h"
#include <string>

namespace buddy {

// A function an entry, of its name ("forward"). Of an entry with symbols it takes their values
// first: forward(context, s64, hidden_states, output0).
std::string makeModelHeader(llvm::ArrayRef<ManifestEntry> entries);

// A C identifier made of `name`: other characters become '_'; never a keyword of C or C++.
std::string cIdentifier(llvm::StringRef name);

} // namespace buddy
