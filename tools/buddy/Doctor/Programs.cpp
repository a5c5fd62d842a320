// Finds the programs and libraries that buddy works with, and asks each for its version.
#include "Facts.h"
#include "buddy/Backend/Link.h"
#include "llvm-c/Core.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace buddy::doctor {

namespace path = llvm::sys::path;

// What a program writes to its standard output; none if it does not run, or ends in an error.
static std::optional<std::string> outputOf(const std::string &program,
                                           llvm::ArrayRef<llvm::StringRef> arguments) {
  // Not a temporary file: whether there can be one is a question of its own.
  int memory = ::memfd_create("buddy-doctor", MFD_CLOEXEC);
  if (memory < 0)
    return std::nullopt;
  std::string file = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(memory);
  llvm::SmallVector<llvm::StringRef> line = {program};
  line.append(arguments.begin(), arguments.end());
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), llvm::StringRef(file),
                                                llvm::StringRef()};
  int status = llvm::sys::ExecuteAndWait(program, line, std::nullopt, redirects,
                                         /*SecondsToWait=*/20);
  auto buffer = llvm::MemoryBuffer::getFileAsStream(file);
  std::string text = buffer ? (*buffer)->getBuffer().trim().str() : "";
  ::close(memory);
  return status == 0 ? std::optional(text) : std::nullopt;
}

// "LLD 22.1.8 (compatible with GNU linkers)", "Debian LLD 22.1.8 ..."
static std::string lldVersion(llvm::StringRef text) {
  llvm::StringRef rest = text.split("LLD ").second;
  return rest.take_until([](char c) { return c == ' ' || c == '\n'; }).str();
}

static Program readLinker() {
  llvm::Expected<std::string> found = findLinker();
  if (!found)
    return {"", "", llvm::toString(found.takeError())};
  std::optional<std::string> output = outputOf(*found, {"--version"});
  if (!output)
    return {*found, "", *found + " does not run"};
  return {*found, lldVersion(*output), ""};
}

static Program readOpenmp() {
  // As a package's library asks for it.
  void *library = ::dlopen("libomp.so.5", RTLD_LAZY);
  if (!library) {
    const char *why = ::dlerror();
    return {"", "", why ? why : "libomp.so.5 was not found"};
  }
  link_map *map = nullptr;
  std::string where;
  if (::dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map)
    where = map->l_name;
  ::dlclose(library);
  return {where.empty() ? "libomp.so.5" : where, "", ""};
}

// Versions are read from the packages' own metadata: importing PyTorch takes seconds.
static constexpr const char *script = R"(
import importlib.metadata, importlib.util, platform
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "in the sources" if importlib.util.find_spec(name) else ""
print(platform.python_version(), version("torch"), version("buddy_attention"), sep="\n")
)";

static PythonFacts readPython() {
  // The environment that is active, then the one on PATH, then the one of the source tree that this
  // program was built in.
  std::vector<std::string> candidates;
  if (const char *active = std::getenv("VIRTUAL_ENV"))
    candidates.push_back(std::string(active) + "/bin/python");
  if (auto found = llvm::sys::findProgramByName("python3"))
    candidates.push_back(*found);
  std::string self = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
  for (int up = 0; up < 3; ++up)
    self = path::parent_path(self).str();
  candidates.push_back(self + "/.venv/bin/python");

  PythonFacts best;
  for (const std::string &candidate : candidates) {
    if (!llvm::sys::fs::can_execute(candidate))
      continue;
    std::optional<std::string> output = outputOf(candidate, {"-c", script});
    if (!output)
      continue;
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(*output).split(lines, '\n');
    lines.resize(3); // trimmed: what is missing at the end is empty
    PythonFacts facts{candidate, lines[0].str(), lines[1].str(), lines[2].str()};
    if (!facts.torch.empty())
      return facts;
    if (best.path.empty())
      best = facts;
  }
  return best;
}

ProgramFacts readPrograms() {
  ProgramFacts facts;
  facts.version = BUDDY_VERSION;
  facts.llvmBuilt = LLVM_VERSION_STRING;
  unsigned major = 0, minor = 0, patch = 0;
  ::LLVMGetVersion(&major, &minor, &patch);
  facts.llvm = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  facts.linker = readLinker();
  facts.openmp = readOpenmp();
  facts.python = readPython();
  return facts;
}

} // namespace buddy::doctor
