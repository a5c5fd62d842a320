// What this machine's CPU has, under LLVM's names for features.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace buddy::runtime {

// "x86_64" or "aarch64": the architecture this was compiled for, as in a triple.
std::string_view hostArchitecture();

// Those of `features` (LLVM's names) that this CPU or its operating system does not offer. A name
// that is not known here counts as missing: it cannot be checked.
std::vector<std::string> missingCpuFeatures(const std::vector<std::string> &features);

} // namespace buddy::runtime
