// CPU features by cpuid (x86-64) or the kernel's hardware capabilities (aarch64).
#include "CpuFeatures.h"
#include <cstdint>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace buddy::runtime {

#if defined(__x86_64__)

std::string_view hostArchitecture() { return "x86_64"; }

namespace {

enum Register { EAX, EBX, ECX, EDX };
// Register state that the operating system must save, as bits of XCR0.
enum State : uint64_t { None = 0, Avx = 0x6, Avx512 = 0xe6, Amx = 0x60000 };

struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register reg;
  int bit;
  State state = None;
};

constexpr uint32_t extended = 0x80000001;

constexpr Feature known[] = {
    {"x87", 1, 0, EDX, 0},
    {"cx8", 1, 0, EDX, 8},
    {"cmov", 1, 0, EDX, 15},
    {"mmx", 1, 0, EDX, 23},
    {"fxsr", 1, 0, EDX, 24},
    {"sse", 1, 0, EDX, 25},
    {"sse2", 1, 0, EDX, 26},
    {"sse3", 1, 0, ECX, 0},
    {"pclmul", 1, 0, ECX, 1},
    {"ssse3", 1, 0, ECX, 9},
    {"fma", 1, 0, ECX, 12, Avx},
    {"cx16", 1, 0, ECX, 13},
    {"sse4.1", 1, 0, ECX, 19},
    {"sse4.2", 1, 0, ECX, 20},
    {"crc32", 1, 0, ECX, 20},
    {"movbe", 1, 0, ECX, 22},
    {"popcnt", 1, 0, ECX, 23},
    {"aes", 1, 0, ECX, 25},
    {"xsave", 1, 0, ECX, 27},
    {"avx", 1, 0, ECX, 28, Avx},
    {"f16c", 1, 0, ECX, 29, Avx},
    {"rdrnd", 1, 0, ECX, 30},
    {"fsgsbase", 7, 0, EBX, 0},
    {"bmi", 7, 0, EBX, 3},
    {"avx2", 7, 0, EBX, 5, Avx},
    {"bmi2", 7, 0, EBX, 8},
    {"avx512f", 7, 0, EBX, 16, Avx512},
    {"evex512", 7, 0, EBX, 16, Avx512},
    {"avx512dq", 7, 0, EBX, 17, Avx512},
    {"rdseed", 7, 0, EBX, 18},
    {"adx", 7, 0, EBX, 19},
    {"avx512ifma", 7, 0, EBX, 21, Avx512},
    {"clflushopt", 7, 0, EBX, 23},
    {"clwb", 7, 0, EBX, 24},
    {"avx512cd", 7, 0, EBX, 28, Avx512},
    {"sha", 7, 0, EBX, 29},
    {"avx512bw", 7, 0, EBX, 30, Avx512},
    {"avx512vl", 7, 0, EBX, 31, Avx512},
    {"avx512vbmi", 7, 0, ECX, 1, Avx512},
    {"pku", 7, 0, ECX, 4},
    {"avx512vbmi2", 7, 0, ECX, 6, Avx512},
    {"shstk", 7, 0, ECX, 7},
    {"gfni", 7, 0, ECX, 8},
    {"vaes", 7, 0, ECX, 9, Avx},
    {"vpclmulqdq", 7, 0, ECX, 10, Avx},
    {"avx512vnni", 7, 0, ECX, 11, Avx512},
    {"avx512bitalg", 7, 0, ECX, 12, Avx512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, Avx512},
    {"rdpid", 7, 0, ECX, 22},
    {"avx512vp2intersect", 7, 0, EDX, 8, Avx512},
    {"serialize", 7, 0, EDX, 14},
    {"amx-bf16", 7, 0, EDX, 22, Amx},
    {"avx512fp16", 7, 0, EDX, 23, Avx512},
    {"amx-tile", 7, 0, EDX, 24, Amx},
    {"amx-int8", 7, 0, EDX, 25, Amx},
    {"avxvnni", 7, 1, EAX, 4, Avx},
    {"avx512bf16", 7, 1, EAX, 5, Avx512},
    {"amx-fp16", 7, 1, EAX, 21, Amx},
    {"avxifma", 7, 1, EAX, 23, Avx},
    {"avxvnniint8", 7, 1, EDX, 4, Avx},
    {"avxneconvert", 7, 1, EDX, 5, Avx},
    {"avxvnniint16", 7, 1, EDX, 10, Avx},
    {"xsaveopt", 0xd, 1, EAX, 0},
    {"xsavec", 0xd, 1, EAX, 1},
    {"xsaves", 0xd, 1, EAX, 3},
    {"sahf", extended, 0, ECX, 0},
    {"lzcnt", extended, 0, ECX, 5},
    {"sse4a", extended, 0, ECX, 6},
    {"prfchw", extended, 0, ECX, 8},
    {"fma4", extended, 0, ECX, 16},
    {"tbm", extended, 0, ECX, 21},
    {"mwaitx", extended, 0, ECX, 29},
    {"64bit", extended, 0, EDX, 29},
    {"clzero", 0x80000008, 0, EBX, 0},
    {"wbnoinvd", 0x80000008, 0, EBX, 9},
};

} // namespace

// What the operating system saves of the registers; 0 without XSAVE.
static uint64_t savedState() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27)))
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t(high) << 32) | low;
}

static bool hasFeature(std::string_view name) {
  for (const Feature &feature : known) {
    if (feature.name != name)
      continue;
    unsigned regs[4] = {};
    if (!__get_cpuid_count(feature.leaf, feature.subleaf, &regs[EAX], &regs[EBX], &regs[ECX],
                           &regs[EDX]))
      return false;
    // A sub-leaf beyond the last one may return another one's data.
    if (feature.leaf == 7 && feature.subleaf > 0) {
      unsigned last = 0, b, c, d;
      if (!__get_cpuid_count(7, 0, &last, &b, &c, &d) || feature.subleaf > last)
        return false;
    }
    static const uint64_t saved = savedState();
    return (regs[feature.reg] >> feature.bit & 1) && (saved & feature.state) == feature.state;
  }
  return false;
}

#elif defined(__aarch64__)

std::string_view hostArchitecture() { return "aarch64"; }

namespace {
struct Feature {
  std::string_view name;
  unsigned long auxiliary, mask;
};
constexpr Feature known[] = {
    {"fp-armv8", AT_HWCAP, HWCAP_FP},      {"neon", AT_HWCAP, HWCAP_ASIMD},
    {"aes", AT_HWCAP, HWCAP_AES},          {"sha2", AT_HWCAP, HWCAP_SHA2},
    {"crc", AT_HWCAP, HWCAP_CRC32},        {"lse", AT_HWCAP, HWCAP_ATOMICS},
    {"fullfp16", AT_HWCAP, HWCAP_ASIMDHP}, {"rdm", AT_HWCAP, HWCAP_ASIMDRDM},
    {"dotprod", AT_HWCAP, HWCAP_ASIMDDP},  {"fp16fml", AT_HWCAP, HWCAP_ASIMDFHM},
    {"sve", AT_HWCAP, HWCAP_SVE},          {"sve2", AT_HWCAP2, HWCAP2_SVE2},
    {"bf16", AT_HWCAP2, HWCAP2_BF16},      {"i8mm", AT_HWCAP2, HWCAP2_I8MM},
};
} // namespace

static bool hasFeature(std::string_view name) {
  for (const Feature &feature : known)
    if (feature.name == name)
      return (getauxval(feature.auxiliary) & feature.mask) == feature.mask;
  return false;
}

#else

std::string_view hostArchitecture() { return "unknown"; }
static bool hasFeature(std::string_view) { return false; }

#endif

std::vector<std::string> missingCpuFeatures(const std::vector<std::string> &features) {
  std::vector<std::string> missing;
  for (std::string_view feature : features) {
    if (feature.starts_with('-'))
      continue;
    if (feature.starts_with('+'))
      feature.remove_prefix(1);
    if (!hasFeature(feature))
      missing.emplace_back(feature);
  }
  return missing;
}

} // namespace buddy::runtime
