// Decides where the parameters lie, and puts them there.
#include "LoadedParams.h"
#include "Failure.h"
#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace buddy::runtime {

// Below this they stay in a cache whose translations the processor keeps.
constexpr int64_t leastCopied = 2 * static_cast<int64_t>(hugePageBytes);

const char *paramsPlaceText(ParamsPlace::Kind kind) {
  switch (kind) {
  case ParamsPlace::Mapped:
    return "mapped";
  case ParamsPlace::MappedHuge:
    return "mapped in huge pages";
  case ParamsPlace::Copied:
    return "copied to huge pages";
  }
  return "";
}

bool mayCopyParams(int64_t bytes, const MachineMemory &memory) {
  int64_t available = std::min(memory.availableBytes, memory.groupLimit.value_or(INT64_MAX));
  return bytes <= available / 4;
}

LoadedParams::LoadedParams(int directory, const std::string &path, const std::string &shown,
                           HugePageUse wish)
    : file(directory, path, shown,
           wish == HugePageUse::Never ? MappedFile::Pages::Small : MappedFile::Pages::Huge),
      use(wish) {}

LoadedParams::~LoadedParams() {
  if (copy)
    ::munmap(const_cast<char *>(copy), size);
}

ParamsPlace LoadedParams::choose() const {
  if (use == HugePageUse::Never)
    return {ParamsPlace::Mapped, "BUDDY_HUGE_PAGES=0"};
  auto bytes = static_cast<int64_t>(file.bytes().size());
  if (bytes < leastCopied)
    return {ParamsPlace::Mapped, "they are less than 4 MiB"};
  if (hasHugePages(file.bytes().data(), file.bytes().size()))
    return {ParamsPlace::MappedHuge, ""};
  // It cannot be seen which of them it is.
  std::string none = "the file has small pages: it was written or copied in small pieces, or its "
                     "file system has no large ones";
  if (use == HugePageUse::Mapped)
    return {ParamsPlace::Mapped, none + "; BUDDY_HUGE_PAGES=map allows no copy"};
  if (!mayCopyParams(bytes, readMachineMemory()))
    return {ParamsPlace::Mapped, none + "; a copy would take more than a quarter of the memory "
                                        "that is available"};
  return {ParamsPlace::Copied, none};
}

void LoadedParams::settle() {
  chosen = choose();
  if (chosen.kind == ParamsPlace::Copied && !makeCopy()) {
    chosen.kind = ParamsPlace::Mapped;
    chosen.why += "; and the kernel gave none to a copy";
  }
}

bool LoadedParams::makeCopy() {
  size_t bytes = file.bytes().size();
  void *memory =
      mapAdvised(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, /*file=*/-1);
  if (memory == MAP_FAILED)
    return false;
  // The first of them tells whether there are any, before everything is copied for nothing.
  std::memcpy(memory, file.bytes().data(), 1);
  std::optional<PageFacts> facts = pageFactsOf(memory);
#ifdef MADV_COLLAPSE
  // Also where the machine's settings have none for ordinary use.
  if (facts && !facts->huge && ::madvise(memory, hugePageBytes, MADV_COLLAPSE) == 0)
    facts = pageFactsOf(memory);
#endif
  if (!facts || !facts->huge) {
    ::munmap(memory, bytes);
    return false;
  }
  std::memcpy(memory, file.bytes().data(), bytes);
#ifdef MADV_COLLAPSE
  if (auto now = pageFactsOf(memory); now && now->huge * 2 < now->present)
    ::madvise(memory, bytes / hugePageBytes * hugePageBytes, MADV_COLLAPSE);
#endif
  ::mprotect(memory, bytes, PROT_READ);
  copy = static_cast<const char *>(memory);
  size = bytes;
  file = MappedFile();
  return true;
}

} // namespace buddy::runtime
