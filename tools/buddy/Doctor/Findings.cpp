// What is wrong with a machine, and what to do about it.
#include "Facts.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace buddy::doctor {

static std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

namespace {
struct Findings {
  void problem(std::string what, std::string whatToDo) {
    problems.push_back({true, std::move(what), std::move(whatToDo)});
  }
  void advice(std::string what, std::string whatToDo) {
    advices.push_back({false, std::move(what), std::move(whatToDo)});
  }
  std::vector<Finding> problems, advices;
};
} // namespace

static void judgePrograms(const ProgramFacts &programs, Findings &findings) {
  if (!programs.linker.problem.empty())
    findings.problem("no package can be linked: " + programs.linker.problem,
                     "apt-get install lld-22, or put LLVM's ld.lld on PATH");
  if (programs.llvm.substr(0, programs.llvm.find('.')) !=
      programs.llvmBuilt.substr(0, programs.llvmBuilt.find('.')))
    findings.problem("buddy was built with LLVM " + programs.llvmBuilt + " and runs with " +
                         programs.llvm,
                     "build it again, or install libllvm22");
  if (!programs.openmp.problem.empty())
    findings.problem("packages of several threads do not load: " + programs.openmp.problem,
                     "apt-get install libomp5-22, or put its folder into LD_LIBRARY_PATH");
  const PythonFacts &python = programs.python;
  if (python.path.empty())
    findings.advice("there is no Python: packages run, and no model can be exported",
                    "apt-get install python3 python3-venv, then ./bootstrap build");
  else if (python.torch.empty())
    findings.advice(python.path + " has no PyTorch: packages run, and no model can be exported",
                    "activate the environment that has it, or run ./bootstrap build");
  else if (python.package.empty())
    findings.advice(python.path + " does not find buddy_attention",
                    "pip install . in the sources, or set PYTHONPATH to their folder python");
}

static void judgeCpu(const CpuFacts &cpu, Findings &findings) {
  if (cpu.target.empty())
    findings.problem("this CPU can run no package: " + cpu.problem,
                     "compile for another machine: buddy compile --target=x86-64-v3");
  if (!cpu.governor.empty() && cpu.governor == "powersave")
    findings.advice("the clock is governed for saving power: short runs are slower than they "
                    "could be",
                    "cpupower frequency-set -g performance");
}

static void judgeThreads(const ThreadFacts &threads, Findings &findings) {
  int omp = std::atoi(threads.ompNumThreads.c_str());
  if (threads.quota && *threads.quota < threads.usable) {
    int whole = std::max(1, static_cast<int>(std::floor(*threads.quota)));
    findings.advice("the control group allows " + number(*threads.quota) + " processors' time of " +
                        std::to_string(threads.usable) + ": more threads wait for each other",
                    "give --threads " + std::to_string(whole) + ", or raise the quota");
  }
  if (threads.usable < threads.processors)
    findings.advice("this process may use " + std::to_string(threads.usable) + " of " +
                        std::to_string(threads.processors) + " processors (its affinity)",
                    "start it without taskset, or give the container more");
  if (omp > threads.usable)
    findings.advice("OMP_NUM_THREADS is " + threads.ompNumThreads + ", more than the " +
                        std::to_string(threads.usable) + " processors that may be used",
                    "unset it, or set it to " + std::to_string(threads.usable));
  if (threads.usable > 0 && threads.load > 0.5 * threads.processors)
    findings.advice("other work is running (load " + number(threads.load) +
                        "): what is measured now is too slow",
                    "measure when the machine is quiet");
}

static void judgeMemory(const MemoryFacts &memory, Findings &findings) {
  if (memory.hugePages == "never")
    findings.advice(
        "transparent huge pages are off: the workspace of a run, and parameters, are slower "
        "to reach",
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
  int64_t limit = memory.groupLimit ? std::min(*memory.groupLimit, memory.bytes) : memory.bytes;
  if (limit > 0 && limit < (int64_t(1) << 30))
    findings.advice("there is less than 1 GiB of memory: compiling a large layer may not fit",
                    "compile on a larger machine; the package can run on this one");
}

static void judgeTemporary(const TemporaryFacts &temporary, Findings &findings) {
  constexpr int64_t needed = int64_t(64) << 20;
  if (!temporary.problem.empty())
    findings.problem("the folder for temporary files, " + temporary.path +
                         ", cannot be written: " + temporary.problem,
                     "set TMPDIR to a folder that can");
  else if (temporary.freeBytes < needed)
    findings.problem("the folder for temporary files, " + temporary.path + ", has " +
                         std::to_string(temporary.freeBytes >> 20) +
                         " MiB left, too little for compiling",
                     "make room there, or set TMPDIR to another folder");
}

std::vector<Finding> judge(const Facts &facts) {
  Findings findings;
  judgePrograms(facts.programs, findings);
  judgeCpu(facts.cpu, findings);
  judgeThreads(facts.threads, findings);
  judgeMemory(facts.memory, findings);
  judgeTemporary(facts.temporary, findings);
  // What is wrong comes first.
  std::vector<Finding> all = std::move(findings.problems);
  all.insert(all.end(), findings.advices.begin(), findings.advices.end());
  return all;
}

} // namespace buddy::doctor
