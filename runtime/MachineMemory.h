// How much memory this machine has, and lets this process have.
#pragma once

#include <cstdint>
#include <optional>

namespace buddy::runtime {

struct MachineMemory {
  int64_t bytes = 0, availableBytes = 0; // 0: not known
  std::optional<int64_t> groupLimit;     // of its control groups: the tightest
};
MachineMemory readMachineMemory();

} // namespace buddy::runtime
