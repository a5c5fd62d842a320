// Mappings that may have huge pages, and whether they do.
#include "HugePages.h"
#include "Failure.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace buddy::runtime {

HugePageUse hugePageUse() {
  const char *variable = std::getenv("BUDDY_HUGE_PAGES");
  std::string_view text = variable ? variable : "";
  if (text.empty() || text == "copy")
    return HugePageUse::Copied;
  if (text == "map")
    return HugePageUse::Mapped;
  if (text == "0")
    return HugePageUse::Never;
  fail(BUDDY_INVALID_ARGUMENT, "$BUDDY_HUGE_PAGES is '", text,
       "': set it to 0 (pages of 4 KiB), map (huge pages where the mapped file has them) or copy "
       "(else a copy in huge pages, which is done without the variable too)");
}

void *mapAdvised(size_t bytes, int protection, int flags, int file) {
  if (bytes < hugePageBytes)
    return ::mmap(nullptr, bytes, protection, flags, file, 0);
  // Room to choose an aligned address in; what is left over goes back.
  size_t room = bytes + hugePageBytes;
  void *reserved =
      ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED)
    return MAP_FAILED;
  auto begin = reinterpret_cast<uintptr_t>(reserved);
  uintptr_t aligned = (begin + hugePageBytes - 1) / hugePageBytes * hugePageBytes;
  void *mapped =
      ::mmap(reinterpret_cast<void *>(aligned), bytes, protection, flags | MAP_FIXED, file, 0);
  if (mapped == MAP_FAILED) {
    int error = errno;
    ::munmap(reserved, room);
    errno = error;
    return MAP_FAILED;
  }
  size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  uintptr_t end = (aligned + bytes + page - 1) / page * page;
  if (aligned > begin)
    ::munmap(reserved, aligned - begin);
  if (end < begin + room)
    ::munmap(reinterpret_cast<void *>(end), begin + room - end);
  ::madvise(mapped, bytes, MADV_HUGEPAGE); // only advice: no error is one of the load
  return mapped;
}

namespace {
// The lines of a file of /proc, without allocating: it changes while memory is mapped.
class Lines {
public:
  explicit Lines(const char *path) : file(::open(path, O_RDONLY | O_CLOEXEC)) {}
  ~Lines() {
    if (file >= 0)
      ::close(file);
  }
  Lines(const Lines &) = delete;

  bool isOpen() const { return file >= 0; }

  std::optional<std::string_view> next() {
    for (;;) {
      char *newline = static_cast<char *>(std::memchr(buffer + at, '\n', filled - at));
      if (newline) {
        std::string_view line(buffer + at, newline - (buffer + at));
        at = newline - buffer + 1;
        return line;
      }
      std::memmove(buffer, buffer + at, filled - at);
      filled -= at;
      at = 0;
      if (filled == sizeof buffer)
        filled = 0; // longer than any line that we look for
      ssize_t count = ::read(file, buffer + filled, sizeof buffer - filled);
      if (count <= 0)
        return std::nullopt;
      filled += static_cast<size_t>(count);
    }
  }

private:
  int file;
  // For a line with the longest path; not more, for the kernel looks at all it tells of.
  char buffer[8192];
  size_t at = 0, filled = 0;
};
} // namespace

// "FilePmdMapped:      2048 kB", if the key is this one.
static std::optional<size_t> kilobytes(std::string_view line, std::string_view key) {
  if (line.substr(0, key.size()) != key)
    return std::nullopt;
  return std::strtoull(line.data() + key.size(), nullptr, 10) << 10;
}

std::optional<PageFacts> pageFactsOf(const void *address) {
  Lines lines("/proc/self/smaps");
  if (!lines.isOpen())
    return std::nullopt;
  auto wanted = reinterpret_cast<uintptr_t>(address);
  std::optional<PageFacts> facts;
  while (std::optional<std::string_view> line = lines.next()) {
    char *rest = nullptr;
    uintptr_t begin = std::strtoull(line->data(), &rest, 16);
    if (rest > line->data() && *rest == '-') {
      uintptr_t end = std::strtoull(rest + 1, &rest, 16);
      if (*rest == ' ') {
        if (facts)
          return facts;
        if (begin <= wanted && wanted < end)
          facts.emplace();
        continue;
      }
    }
    if (!facts)
      continue;
    if (auto present = kilobytes(*line, "Rss:"))
      facts->present = *present;
    for (const char *key : {"AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:"})
      if (auto huge = kilobytes(*line, key))
        facts->huge += *huge;
  }
  return facts;
}

bool hasHugePages(const char *mapped, size_t bytes) {
  constexpr size_t mostPlaces = 16;
  size_t pages = bytes / hugePageBytes, places = std::min(pages, mostPlaces);
  for (size_t i = 0; i < places; ++i)
    static_cast<void>(
        *static_cast<const volatile char *>(mapped + pages * i / places * hugePageBytes));
  std::optional<PageFacts> facts = pageFactsOf(mapped);
  // Some of them are split where the kernel read ahead across their ends.
  return places && facts && facts->huge >= (places + 1) / 2 * hugePageBytes &&
         facts->huge * 2 >= facts->present;
}

bool mapsInHugePages(int file, size_t bytes) {
  void *mapped = mapAdvised(bytes, PROT_READ, MAP_SHARED, file);
  if (mapped == MAP_FAILED)
    return false;
  bool has = hasHugePages(static_cast<const char *>(mapped), bytes);
  ::munmap(mapped, bytes);
  return has;
}

void leaveInHugePages(int file, size_t bytes) {
  if (bytes < 2 * hugePageBytes || mapsInHugePages(file, bytes))
    return;
  // Tried with one of them first, so that nothing is read anew where it does not help.
  ::posix_fadvise(file, 0, hugePageBytes, POSIX_FADV_DONTNEED);
  if (mapsInHugePages(file, hugePageBytes))
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

} // namespace buddy::runtime
