// What buddy doctor finds on this machine, and what it makes of it.
#pragma once

#include "MachineMemory.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace buddy::doctor {

struct Program {
  std::string path;    // empty: not found
  std::string version; // empty: not known
  std::string problem; // why it was not found, or does not run
};

struct PythonFacts {
  std::string path, version;  // empty: no Python
  std::string torch, package; // versions of torch and of buddy_attention; empty: not there
};

struct ProgramFacts {
  std::string version, llvm; // ours, and of the LLVM that we run with
  std::string llvmBuilt;     // of the one that we were built with
  Program linker;            // what `buddy compile` would run
  Program openmp;            // the library libomp.so.5; version: always empty
  PythonFacts python;
};

struct CpuFacts {
  std::string name;
  std::string target;              // the level that "native" is; empty: none
  std::string problem;             // why there is none
  std::vector<std::string> used;   // features that code for `target` is made of, and needs
  std::vector<std::string> unused; // features for arithmetic that this CPU has beyond them
  int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0; // 0: not known
  std::string governor; // of the clock's frequency, "performance"; empty: not known
};

struct Limits {
  int threads = 0;
  double fmaGflops = 0; // 0: not known for this CPU
  std::string fmaInstructions;
  double readGbPerSecond = 0;
};

struct ThreadFacts {
  int processors = 0; // of the machine
  int usable = 0;     // that this process may run on: affinity
  int threadsPerCore = 1;
  std::optional<double> quota; // processors' worth of time that its control group may have
  std::string ompNumThreads;   // the environment's; empty: not set
  double load = 0;             // tasks that want to run, mean of the last minute
};

struct MemoryFacts : runtime::MachineMemory {
  std::string hugePages;               // "always", "madvise", "never"; empty: not known
  std::optional<bool> mappedHugePages; // whether files have them that are mapped, as parameters are
};

struct TemporaryFacts {
  std::string path;
  std::string problem; // why it cannot be written; empty: it can
  int64_t freeBytes = 0;
};

struct Facts {
  ProgramFacts programs;
  CpuFacts cpu;
  ThreadFacts threads;
  MemoryFacts memory;
  TemporaryFacts temporary;
  std::optional<Limits> limits; // none: not measured
};

// Something that is wrong, or could be better.
struct Finding {
  bool isProblem; // without it something does not work; otherwise advice
  std::string what, whatToDo;
};

// Depends on the facts alone.
std::vector<Finding> judge(const Facts &facts);

ProgramFacts readPrograms();
CpuFacts readCpu();
ThreadFacts readThreads();
MemoryFacts readMemory();
TemporaryFacts readTemporary();

void printText(const Facts &facts, const std::vector<Finding> &findings);
void printJson(const Facts &facts, const std::vector<Finding> &findings);

} // namespace buddy::doctor
