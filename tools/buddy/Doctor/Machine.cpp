// Reads what Linux says of the processor, of threads, memory and the folder for temporary files.
#include "Facts.h"
#include "HugePages.h"
#include "MachineLimits.h"
#include "buddy/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include <cstdlib>
#include <sys/statvfs.h>
#include <unistd.h>

namespace buddy::doctor {

// The trimmed text of a small file of /proc or /sys; empty if it cannot be read.
static std::string readText(const llvm::Twine &path) {
  auto buffer = llvm::MemoryBuffer::getFileAsStream(path);
  return buffer ? (*buffer)->getBuffer().trim().str() : "";
}

CpuFacts readCpu() {
  // For arithmetic, under LLVM's names: what schedules could be made for.
  static const char *const arithmetic[] = {
      "avx512vnni",  "avxvnni",    "avxvnniint8", "avxvnniint16", "avx512bf16", "avxneconvert",
      "avx512fp16",  "avx512ifma", "avxifma",     "amx-tile",     "amx-int8",   "amx-bf16",
      "amx-fp16",    "fma4",       "avx512f",     "avx512bw",     "avx512vl",   "avx512dq",
      "avx10.1-512", "dotprod",    "fullfp16",    "fp16fml",      "bf16",       "i8mm",
      "sve",         "sve2",       "sme"};
  CpuFacts facts;
  facts.name = hostCpuName();
  facts.governor = readText("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (llvm::Expected<Target> target = getTarget("native")) {
    facts.target = target->name;
    facts.used = target->features;
    facts.l1Bytes = target->l1Bytes;
    facts.l2Bytes = target->l2Bytes;
    facts.l3Bytes = target->l3Bytes;
  } else {
    facts.problem = llvm::toString(target.takeError());
  }
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const char *feature : arithmetic)
    if (host.lookup(feature) && !llvm::is_contained(facts.used, feature))
      facts.unused.push_back(feature);
  return facts;
}

// The control groups that this process is in, its own and those around it: the tightest limit
// counts. `read` is given each group's folder under `root`.
static void forEachGroup(llvm::function_ref<void(const std::string &)> read) {
  llvm::StringRef path;
  std::string text = readText("/proc/self/cgroup");
  for (llvm::StringRef line : llvm::split(text, '\n'))
    if (line.consume_front("0::"))
      path = line;
  const std::string root = "/sys/fs/cgroup";
  // In a container the path may be one of the host's; then the root is its own group.
  for (;; path = llvm::sys::path::parent_path(path)) {
    read(root + path.str());
    if (path.empty() || path == "/")
      return;
  }
}

static std::optional<double> readQuota() {
  std::optional<double> tightest;
  auto add = [&](double quota, double period) {
    if (quota > 0 && period > 0)
      tightest = std::min(tightest.value_or(quota / period), quota / period);
  };
  forEachGroup([&](const std::string &group) {
    auto [quota, period] = llvm::StringRef(readText(group + "/cpu.max")).split(' ');
    double value = 0, length = 0;
    if (!quota.getAsDouble(value) && !period.getAsDouble(length))
      add(value, length);
  });
  // Version 1.
  add(std::atof(readText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").c_str()),
      std::atof(readText("/sys/fs/cgroup/cpu/cpu.cfs_period_us").c_str()));
  return tightest;
}

// "0,4" or "0-1": how many; 1 if it cannot be read.
static int countOfList(llvm::StringRef list) {
  int count = 0;
  for (llvm::StringRef part : llvm::split(list, ',')) {
    auto [first, last] = part.split('-');
    int from = 0, to = 0;
    if (first.getAsInteger(10, from))
      return 1;
    count += last.empty() || last.getAsInteger(10, to) ? 1 : to - from + 1;
  }
  return std::max(count, 1);
}

ThreadFacts readThreads() {
  ThreadFacts facts;
  facts.processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  facts.usable = availableProcessors();
  facts.threadsPerCore =
      countOfList(readText("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list"));
  facts.quota = readQuota();
  if (const char *variable = std::getenv("OMP_NUM_THREADS"))
    facts.ompNumThreads = variable;
  ::getloadavg(&facts.load, 1);
  return facts;
}

// Tried with a file of the folder for temporary files, written as a package is.
static std::optional<bool> mappedHugePages() {
  constexpr size_t bytes = 2 * runtime::hugePageBytes;
  llvm::SmallString<128> folder, file;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, folder);
  llvm::sys::path::append(folder, "buddy-doctor-%%%%%%%%");
  int descriptor = -1;
  if (llvm::sys::fs::createUniqueFile(folder, descriptor, file))
    return std::nullopt;
  llvm::FileRemover remover(file);
  std::vector<char> block(runtime::hugePageBytes);
  bool written = true;
  for (size_t at = 0; at < bytes && written; at += block.size())
    written = ::write(descriptor, block.data(), block.size()) == static_cast<ssize_t>(block.size());
  std::optional<bool> has;
  if (written && ::fsync(descriptor) == 0) {
    runtime::leaveInHugePages(descriptor, bytes);
    has = runtime::mapsInHugePages(descriptor, bytes);
  }
  ::close(descriptor);
  return has;
}

MemoryFacts readMemory() {
  MemoryFacts facts{runtime::readMachineMemory(), "", mappedHugePages()};
  // "always [madvise] never"
  std::string modes = readText("/sys/kernel/mm/transparent_hugepage/enabled");
  facts.hugePages = llvm::StringRef(modes).split('[').second.split(']').first.str();
  return facts;
}

TemporaryFacts readTemporary() {
  TemporaryFacts facts;
  llvm::SmallString<128> folder, file;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, folder);
  facts.path = folder.str().str();
  llvm::sys::path::append(folder, "buddy-doctor-%%%%%%%%");
  int descriptor = -1;
  if (std::error_code code = llvm::sys::fs::createUniqueFile(folder, descriptor, file)) {
    facts.problem = code.message();
    return facts;
  }
  ::close(descriptor);
  llvm::sys::fs::remove(file);
  struct statvfs disk = {};
  if (::statvfs(facts.path.c_str(), &disk) == 0)
    facts.freeBytes = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  return facts;
}

} // namespace buddy::doctor
