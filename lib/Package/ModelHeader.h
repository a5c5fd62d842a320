// model.h of a package: typed C functions for its entry points.
#pragma once

#include "Signature.h"
#include <string>

namespace buddy {

// `name` is the entry's name ("forward").
std::string makeModelHeader(const std::string &name, const PackageSignature &signature);

// A C identifier made of `name`: other characters become '_'; never a keyword of C or C++.
std::string cIdentifier(llvm::StringRef name);

} // namespace buddy
