// Caches from sysfs, cores from the affinity mask, the CPU's name from /proc/cpuinfo.

#include "HostFacts.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include <algorithm>
#include <cerrno>
#include <sched.h>

using namespace buddy;

// The trimmed text of a small file of /proc or /sys; empty if it cannot be read.
static std::string readText(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFileAsStream(path);
  if (!buffer)
    return "";
  return (*buffer)->getBuffer().trim().str();
}

// "32K", "1024K", "32M" or plain bytes; 0 if it is none of these.
static int64_t parseSize(llvm::StringRef text) {
  int64_t unit = 1;
  if (text.consume_back("K"))
    unit = 1024;
  else if (text.consume_back("M"))
    unit = 1024 * 1024;
  int64_t value = 0;
  if (text.getAsInteger(10, value) || value < 0)
    return 0;
  return value * unit;
}

void buddy::readHostCaches(Target &target) {
  int64_t level3 = 0, level2 = 0;
  for (int index = 0; index < 16; ++index) {
    std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    std::string level = readText(folder + "level");
    if (level.empty())
      break;
    int64_t bytes = parseSize(readText(folder + "size"));
    if (readText(folder + "type") == "Instruction" || bytes == 0)
      continue;
    if (level == "1")
      target.l1Bytes = bytes;
    else if (level == "2")
      level2 = bytes;
    else if (level == "3")
      level3 = bytes;
  }
  if (level2)
    target.l2Bytes = level2;
  // A machine with a second level and no third has its second as the last one.
  if (level3 || level2)
    target.l3Bytes = level3 ? level3 : level2;
}

int64_t buddy::usableCores() {
  // The kernel refuses a mask that is smaller than its own.
  for (int cpus = 1024; cpus <= 1024 * 1024; cpus *= 4) {
    cpu_set_t *mask = CPU_ALLOC(cpus);
    if (!mask)
      return 1;
    size_t bytes = CPU_ALLOC_SIZE(cpus);
    int failed = sched_getaffinity(0, bytes, mask);
    int error = errno;
    int64_t count = failed ? 0 : CPU_COUNT_S(bytes, mask);
    CPU_FREE(mask);
    if (!failed)
      return std::max<int64_t>(count, 1);
    if (error != EINVAL)
      return 1;
  }
  return 1;
}

std::string buddy::hostCpuName() {
  std::string text = readText("/proc/cpuinfo");
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  for (llvm::StringRef line : lines) {
    auto [key, value] = line.split(':');
    if (key.trim() == "model name" && !value.trim().empty())
      return value.trim().str();
  }
  return llvm::sys::getHostCPUName().str();
}
