// The named CPU levels, and how a target's name becomes a Target.

#include "buddy/Target/Target.h"
#include "HostFacts.h"
#include "LlvmBackends.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <array>

using namespace buddy;

namespace {

constexpr int64_t KiB = 1024;
constexpr int64_t MiB = 1024 * KiB;

constexpr const char *x86Triple = "x86_64-unknown-linux-gnu";

// What x86-64-v3 adds up to in LLVM's names. x87 is left out: every x86-64 CPU has it and
// getHostCPUFeatures does not report it.
const std::vector<std::string> v3Features = {"avx",  "avx2",   "bmi",    "bmi2",  "cmov", "crc32",
                                             "cx16", "cx8",    "f16c",   "fma",   "fxsr", "lzcnt",
                                             "mmx",  "movbe",  "popcnt", "sahf",  "sse",  "sse2",
                                             "sse3", "sse4.1", "sse4.2", "ssse3", "xsave"};

std::vector<std::string> v4Features() {
  std::vector<std::string> features = v3Features;
  for (const char *feature : {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"})
    features.push_back(feature);
  return features;
}

// The levels, the most demanding of an architecture first. Their cache sizes and core counts are
// those of a plain server CPU of the level and never those of this machine: a named target gives
// the same schedule, and so the same bytes, everywhere.
const std::vector<Target> &namedTargets() {
  static const std::vector<Target> targets = {{.name = "x86-64-v4",
                                               .triple = x86Triple,
                                               .cpu = "x86-64-v4",
                                               .tuneCpu = "x86-64-v4",
                                               .features = v4Features(),
                                               .vectorBits = 512,
                                               .vectorRegisters = 32,
                                               .l1Bytes = 32 * KiB,
                                               .l2Bytes = 1 * MiB,
                                               .l3Bytes = 32 * MiB,
                                               .cores = 8},
                                              {.name = "x86-64-v3",
                                               .triple = x86Triple,
                                               .cpu = "x86-64-v3",
                                               .tuneCpu = "x86-64-v3",
                                               .features = v3Features,
                                               .vectorBits = 256,
                                               .vectorRegisters = 16,
                                               .l1Bytes = 32 * KiB,
                                               .l2Bytes = 512 * KiB,
                                               .l3Bytes = 16 * MiB,
                                               .cores = 8},
                                              {.name = "aarch64",
                                               .triple = "aarch64-unknown-linux-gnu",
                                               .cpu = "generic",
                                               .tuneCpu = "generic",
                                               .features = {"fp-armv8", "neon"},
                                               .vectorBits = 128,
                                               .vectorRegisters = 32,
                                               .l1Bytes = 64 * KiB,
                                               .l2Bytes = 1 * MiB,
                                               .l3Bytes = 32 * MiB,
                                               .cores = 8}};
  return targets;
}

llvm::Error unknownName(llvm::StringRef name) {
  std::string known = "native";
  for (const Target &target : namedTargets())
    known += ", " + target.name;
  return llvm::createStringError("unknown target '" + name.str() + "'; known targets: " + known +
                                 "; each may be followed by +feature, as in x86-64-v4+amx-tile");
}

// The best level whose features this machine has, with the machine's own caches, cores and tuning.
llvm::Expected<Target> nativeTarget() {
  for (const Target &level : namedTargets()) {
    if (!missingFeatures(level).empty())
      continue;
    Target target = level;
    target.tuneCpu = llvm::sys::getHostCPUName().str();
    readHostCaches(target);
    target.cores = usableCores();
    return target;
  }
  std::string lacking;
  llvm::Triple host(llvm::sys::getProcessTriple());
  for (const Target &level : namedTargets())
    if (llvm::Triple(level.triple).getArch() == host.getArch())
      lacking = " (" + level.name + " needs " + llvm::join(missingFeatures(level), ", ") + ")";
  return llvm::createStringError("target 'native': this machine (" + hostCpuName() +
                                 ") has none of the supported levels" + lacking +
                                 "; name the target of another machine to compile for that");
}

llvm::Expected<Target> baseTarget(llvm::StringRef base, llvm::StringRef fullName) {
  if (base == "native")
    return nativeTarget();
  for (const Target &target : namedTargets())
    if (target.name == base)
      return target;
  return unknownName(fullName);
}

} // namespace

llvm::Expected<Target> buddy::getTarget(llvm::StringRef name) {
  llvm::SmallVector<llvm::StringRef> parts;
  name.split(parts, '+');
  llvm::Expected<Target> target = baseTarget(parts.front(), name);
  if (!target)
    return target.takeError();
  for (llvm::StringRef feature : llvm::ArrayRef(parts).drop_front()) {
    if (llvm::is_contained(target->features, feature))
      continue;
    // An unknown feature is only a warning on stderr to LLVM, and code without the feature.
    llvm::Expected<bool> known = isKnownFeature(target->triple, feature);
    if (!known)
      return known.takeError();
    if (!*known)
      return llvm::createStringError("target '" + name.str() + "': '" + feature.str() +
                                     "' is not a CPU feature that LLVM knows for " +
                                     llvm::Triple(target->triple).getArchName().str());
    target->name += "+" + feature.str();
    target->features.push_back(feature.str());
  }
  return target;
}

std::vector<std::string> buddy::targetNames() {
  std::vector<std::string> names = {"native"};
  for (const Target &target : namedTargets())
    names.push_back(target.name);
  return names;
}

std::vector<std::string> buddy::missingFeatures(const Target &target) {
  // On another architecture nothing matches, whatever the features are called.
  if (llvm::Triple(target.triple).getArch() !=
      llvm::Triple(llvm::sys::getProcessTriple()).getArch())
    return target.features;
  // LLVM reports AVX, AVX-512 and AMX only where the operating system saves their registers.
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> missing;
  for (const std::string &feature : target.features)
    if (!host.lookup(feature))
      missing.push_back(feature);
  return missing;
}
