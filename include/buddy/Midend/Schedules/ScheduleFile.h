// A file of schedules that override the chosen ones: what `buddy inspect --schedule` and `buddy
// tune` write and `buddy compile --schedule` takes. docs/schedules.md has the form.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace buddy {

using NamedNumbers = std::vector<std::pair<std::string, int64_t>>;

// "k_block": 256, or "tile": {"row": 8, "lane": 32}
struct OverrideField {
  std::string name;
  std::optional<int64_t> number; // of a field that is a number
  NamedNumbers elements;         // of one that is a list; elements not named keep their value
};

struct ScheduleOverride {
  std::string op;                    // "subgraph0.contraction0"
  std::string kind;                  // "contraction"; empty: not said
  std::optional<NamedNumbers> loops; // what the loops are thought to be; none: not said
  std::vector<OverrideField> fields; // fields not named keep their value
};

struct ScheduleFile {
  std::string name; // for messages
  std::vector<ScheduleOverride> overrides;
  // Whether the program refused an override: its user's fault, not the compiler's.
  bool refused = false;
};

inline constexpr int64_t kScheduleFileVersion = 1;

// The file's text, checked for its form; whether it fits a program is seen when it is applied.
// Errors begin with `name`.
llvm::Expected<ScheduleFile> parseScheduleFile(llvm::StringRef name, llvm::StringRef text);
llvm::Expected<ScheduleFile> readScheduleFile(llvm::StringRef path);

} // namespace buddy
