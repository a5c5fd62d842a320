// Reads /proc/meminfo and the control groups' limits.
#include "MachineMemory.h"
#include <algorithm>
#include <fstream>
#include <string>

namespace buddy::runtime {

// "memory.max" has a number of bytes, or the word max.
static void addLimit(const std::string &file, std::optional<int64_t> &tightest) {
  std::ifstream stream(file);
  int64_t limit = 0;
  if (stream >> limit)
    tightest = std::min(tightest.value_or(limit), limit);
}

MachineMemory readMachineMemory() {
  MachineMemory memory;
  std::ifstream facts("/proc/meminfo");
  std::string key, unit;
  for (int64_t kilobytes = 0; facts >> key >> kilobytes && std::getline(facts, unit);) {
    if (key == "MemTotal:")
      memory.bytes = kilobytes * 1024;
    else if (key == "MemAvailable:")
      memory.availableBytes = kilobytes * 1024;
  }
  // The group of version 2, and those around it. In a container the path may be one of the host's;
  // then the root is its own group.
  std::ifstream groups("/proc/self/cgroup");
  std::string path;
  for (std::string line; std::getline(groups, line);)
    if (line.rfind("0::", 0) == 0)
      path = line.substr(3);
  for (;;) {
    addLimit("/sys/fs/cgroup" + path + "/memory.max", memory.groupLimit);
    if (path.empty() || path == "/")
      return memory;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

} // namespace buddy::runtime
