// What the compiler knows about the CPU it compiles for. Schedules are chosen from these facts
// alone.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace buddy {

struct Target {
  std::string name;                  // "x86-64-v4": what --target takes and the manifest records
  std::string triple;                // "x86_64-unknown-linux-gnu"
  std::string cpu;                   // LLVM's -mcpu: fixes which instructions may be used
  std::string tuneCpu;               // LLVM's -mtune: this machine's for "native", else as cpu
  std::vector<std::string> features; // LLVM feature names a CPU must have to run the result
  int64_t vectorBits = 0;            // width of a vector register
  int64_t vectorRegisters = 0;       // how many of them
  int64_t l1Bytes = 0;               // data caches; l1 and l2 a core, l3 shared
  int64_t l2Bytes = 0;
  int64_t l3Bytes = 0;
  int64_t cores = 0;

  int64_t f32Lanes() const { return vectorBits / 32; }
};

// name: "native", "x86-64-v3", "x86-64-v4", "aarch64", or one of them followed by "+feature"...
// ("x86-64-v4+amx-tile"). "native" becomes the best named level that this machine has, with its own
// caches, cores and tuning. An unknown name is an error that lists the known ones.
llvm::Expected<Target> getTarget(llvm::StringRef name);

// "native", "x86-64-v4", ...: what getTarget takes, without features.
std::vector<std::string> targetNames();

// The features of `target` that this machine does not have; empty: it can run here.
std::vector<std::string> missingFeatures(const Target &target);

// The processor's own name for itself, for reports ("AMD EPYC ...").
std::string hostCpuName();

} // namespace buddy
