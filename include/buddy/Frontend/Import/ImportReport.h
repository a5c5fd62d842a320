// What an import found: the operations that a program uses and those that cannot be compiled.
#pragma once

#include "buddy/Frontend/Import/Locations.h"
#include <map>
#include <string>
#include <vector>

namespace buddy {

struct UnsupportedUse {
  std::string node; // its name in the exported graph
  SourceLine source;
};

struct UnsupportedOperation {
  std::string target; // "aten.max.dim": with its overload
  std::string reason;
  std::string advice; // what the user can do
  std::vector<UnsupportedUse> uses;
};

struct ImportReport {
  std::map<std::string, int64_t> operations; // "aten.linear.default" and how often it is called
  std::vector<UnsupportedOperation> unsupported;
};

} // namespace buddy
