// Pages of 2 MiB. Reading gigabytes again and again, as a decoder reads its weights, is up to a
// third slower through pages of 4 KiB, for the processor keeps too few of their translations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace buddy::runtime {

inline constexpr size_t hugePageBytes = size_t(2) << 20;

// What $BUDDY_HUGE_PAGES allows. Throws Failure if it is something else.
enum class HugePageUse {
  Never,  // "0"
  Mapped, // "map": where a mapped file has them
  Copied, // "copy", and nothing at all: else a copy of its own
};
HugePageUse hugePageUse();

// mmap at an address that huge pages can be mapped at, advised to have them. MAP_FAILED and errno
// as mmap has them.
void *mapAdvised(size_t bytes, int protection, int flags, int file);

// What /proc/self/smaps says of the mapping at an address: bytes that can be reached without
// asking the kernel, and how many of them lie in huge pages. Nothing where it cannot be read.
struct PageFacts {
  size_t present = 0, huge = 0;
};
std::optional<PageFacts> pageFactsOf(const void *address);

// Whether a mapped file that was advised has huge pages, as far as a few looks at it tell. Reads
// one page of each place looked at.
bool hasHugePages(const char *mapped, size_t bytes);

// Whether the file, mapped, has them.
bool mapsInHugePages(int file, size_t bytes);

// Sees to it, as far as that can be, that a file that has just been written can be mapped in huge
// pages: the kernel keeps what was written in the pieces that it was written in, and reads it in
// large ones once it has forgotten them. The file must be on the disk already (fsync).
void leaveInHugePages(int file, size_t bytes);

} // namespace buddy::runtime
