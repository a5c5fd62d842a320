// Prints what was found: for people, and as JSON.
#include "../WrapText.h"
#include "Facts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace json = llvm::json;

namespace buddy::doctor {

static constexpr size_t indent = 14;

// "name          text text", wrapped.
static void line(llvm::StringRef name, const std::string &text) {
  llvm::outs() << name << std::string(indent - name.size(), ' ') << wrapText(text, indent) << "\n";
}

static std::string bytesText(int64_t bytes) {
  double value = static_cast<double>(bytes);
  for (const char *unit : {"bytes", "KiB", "MiB"}) {
    if (value < 1024)
      return llvm::formatv("{0:F0} {1}", value, unit).str();
    value /= 1024;
  }
  return llvm::formatv("{0:F1} GiB", value).str();
}

static std::string found(const Program &program) {
  if (program.path.empty())
    return "not found";
  return program.path + (program.version.empty() ? "" : ", " + program.version);
}

static void printPrograms(const ProgramFacts &programs) {
  line("buddy", programs.version + ", LLVM " + programs.llvm);
  line("linker", found(programs.linker));
  line("OpenMP", found(programs.openmp));
  const PythonFacts &python = programs.python;
  if (python.path.empty())
    line("Python", "not found");
  else
    line("Python", python.path + ", " + python.version + "; torch " +
                       (python.torch.empty() ? "not found" : python.torch) + "; buddy_attention " +
                       (python.package.empty() ? "not found" : python.package));
}

// Those that CPUs differ in. The rest, cmov and the like, comes with them; JSON has all.
static std::vector<std::string> telling(const std::vector<std::string> &features) {
  std::vector<std::string> result;
  for (llvm::StringRef feature : features)
    if (feature.starts_with("avx") || feature.starts_with("fma") || feature.starts_with("amx") ||
        feature.starts_with("neon") || feature.starts_with("sve"))
      result.push_back(feature.str());
  return result;
}

static void printCpu(const CpuFacts &cpu) {
  line("CPU", cpu.name);
  if (!cpu.target.empty()) {
    line("  target", "native is " + cpu.target + "; a package for it needs a CPU with " +
                         llvm::join(telling(cpu.used), ", "));
    line("  not used", cpu.unused.empty()
                           ? "nothing: the CPU has no arithmetic beyond these"
                           : llvm::join(cpu.unused, ", ") +
                                 " (packages compute in f32, for which the features above are "
                                 "the widest)");
    line("  caches", llvm::formatv("L1 {0}, L2 {1} a core, L3 {2}", bytesText(cpu.l1Bytes),
                                   bytesText(cpu.l2Bytes), bytesText(cpu.l3Bytes))
                         .str());
  }
  if (!cpu.governor.empty())
    line("  clock", cpu.governor);
}

static void printThreads(const ThreadFacts &threads) {
  std::string text = std::to_string(threads.usable) + " of " + std::to_string(threads.processors) +
                     " processors may be used, " + std::to_string(threads.threadsPerCore) +
                     " a core";
  if (threads.quota)
    text += llvm::formatv("; the control group allows the time of {0:F2}", *threads.quota).str();
  if (!threads.ompNumThreads.empty())
    text += "; OMP_NUM_THREADS=" + threads.ompNumThreads;
  line("threads", text);
}

static void printMemory(const MemoryFacts &memory) {
  std::string text = bytesText(memory.bytes) + ", " + bytesText(memory.availableBytes) + " free";
  if (memory.groupLimit)
    text += "; the control group allows " + bytesText(*memory.groupLimit);
  if (!memory.hugePages.empty())
    text += "; huge pages: " + memory.hugePages;
  if (memory.mappedHugePages)
    text += *memory.mappedHugePages ? ", and files that are mapped have them"
                                    : ", and files that are mapped have none";
  line("memory", text);
}

void printText(const Facts &facts, const std::vector<Finding> &findings) {
  printPrograms(facts.programs);
  printCpu(facts.cpu);
  printThreads(facts.threads);
  printMemory(facts.memory);
  line("temporary",
       facts.temporary.path + (facts.temporary.problem.empty()
                                   ? ", " + bytesText(facts.temporary.freeBytes) + " free"
                                   : ", cannot be written"));
  if (facts.limits) {
    const Limits &limits = *facts.limits;
    std::string fma = limits.fmaGflops > 0 ? llvm::formatv("{0:F0} GFLOP/s of f32 FMA ({1})",
                                                           limits.fmaGflops, limits.fmaInstructions)
                                                 .str()
                                           : "FMA unknown for this CPU";
    line("limits",
         llvm::formatv("{0}, memory read at {1:F1} GB/s; {2} thread{3}, measured now", fma,
                       limits.readGbPerSecond, limits.threads, limits.threads == 1 ? "" : "s")
             .str());
  }
  llvm::outs() << "\n";
  bool ok = true;
  for (const Finding &finding : findings) {
    line(finding.isProblem ? "problem" : "advice", finding.what);
    line("  do", finding.whatToDo);
    ok &= !finding.isProblem;
  }
  line(ok ? "all is well" : "not well",
       ok ? "what buddy needs is there" : "something that buddy needs is missing");
}

static void writeTexts(json::OStream &out, llvm::StringRef key,
                       const std::vector<std::string> &texts) {
  out.attributeArray(key, [&] {
    for (const std::string &text : texts)
      out.value(text);
  });
}

// What is not known is null.
static json::Value textOrNull(const std::string &text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

static void writeProgram(json::OStream &out, llvm::StringRef key, const Program &program) {
  out.attributeObject(key, [&] {
    out.attribute("path", textOrNull(program.path));
    out.attribute("version", textOrNull(program.version));
  });
}

static void writePrograms(json::OStream &out, const ProgramFacts &programs) {
  out.attribute("version", programs.version);
  out.attribute("llvm", programs.llvm);
  writeProgram(out, "linker", programs.linker);
  writeProgram(out, "openmp", programs.openmp);
  out.attributeObject("python", [&] {
    out.attribute("path", textOrNull(programs.python.path));
    out.attribute("version", textOrNull(programs.python.version));
    out.attribute("torch", textOrNull(programs.python.torch));
    out.attribute("buddy_attention", textOrNull(programs.python.package));
  });
}

static void writeMachine(json::OStream &out, const Facts &facts) {
  out.attributeObject("cpu", [&] {
    out.attribute("name", facts.cpu.name);
    out.attribute("target", textOrNull(facts.cpu.target));
    writeTexts(out, "used", facts.cpu.used);
    writeTexts(out, "unused", facts.cpu.unused);
    out.attribute("l1_bytes", facts.cpu.l1Bytes);
    out.attribute("l2_bytes", facts.cpu.l2Bytes);
    out.attribute("l3_bytes", facts.cpu.l3Bytes);
    out.attribute("governor", textOrNull(facts.cpu.governor));
  });
  out.attributeObject("threads", [&] {
    out.attribute("processors", facts.threads.processors);
    out.attribute("usable", facts.threads.usable);
    out.attribute("threads_per_core", facts.threads.threadsPerCore);
    out.attribute("quota",
                  facts.threads.quota ? json::Value(*facts.threads.quota) : json::Value(nullptr));
    out.attribute("omp_num_threads", textOrNull(facts.threads.ompNumThreads));
    out.attribute("load", facts.threads.load);
  });
  out.attributeObject("memory", [&] {
    out.attribute("bytes", facts.memory.bytes);
    out.attribute("available_bytes", facts.memory.availableBytes);
    out.attribute("limit_bytes", facts.memory.groupLimit ? json::Value(*facts.memory.groupLimit)
                                                         : json::Value(nullptr));
    out.attribute("huge_pages", textOrNull(facts.memory.hugePages));
    out.attribute("mapped_huge_pages", facts.memory.mappedHugePages
                                           ? json::Value(*facts.memory.mappedHugePages)
                                           : json::Value(nullptr));
  });
  out.attributeObject("temporary", [&] {
    out.attribute("path", facts.temporary.path);
    out.attribute("writable", facts.temporary.problem.empty());
    out.attribute("free_bytes", facts.temporary.freeBytes);
  });
}

static void writeFindings(json::OStream &out, llvm::StringRef key,
                          const std::vector<Finding> &findings, bool problems) {
  out.attributeArray(key, [&] {
    for (const Finding &finding : findings)
      if (finding.isProblem == problems)
        out.object([&] {
          out.attribute("what", finding.what);
          out.attribute("do", finding.whatToDo);
        });
  });
}

void printJson(const Facts &facts, const std::vector<Finding> &findings) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("ok", llvm::none_of(findings, [](const Finding &one) { return one.isProblem; }));
    writePrograms(out, facts.programs);
    writeMachine(out, facts);
    if (facts.limits)
      out.attributeObject("limits", [&] {
        const Limits &limits = *facts.limits;
        out.attribute("threads", limits.threads);
        out.attribute("fma_gflops",
                      limits.fmaGflops > 0 ? json::Value(limits.fmaGflops) : json::Value(nullptr));
        out.attribute("fma_instructions", limits.fmaInstructions);
        out.attribute("read_gb_per_s", limits.readGbPerSecond);
      });
    else
      out.attribute("limits", nullptr);
    writeFindings(out, "problems", findings, true);
    writeFindings(out, "advice", findings, false);
  });
  llvm::outs() << "\n";
}

} // namespace buddy::doctor
