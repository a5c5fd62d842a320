// Runs lld. The libraries that the model needs are given to it as stubs, ELF files with nothing but
// a soname and the symbols that are used: no path of this machine and no version of its libraries
// gets into the result, and a model can be linked where the target's libraries are not installed.

#include "buddy/Backend/Link.h"
#include "Symbols.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/InterfaceStub/ELFObjHandler.h"
#include "llvm/InterfaceStub/IFSStub.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Triple.h"

using namespace buddy;

// The folder of the program that runs; empty if that cannot be known.
static std::string programFolder() {
  static int inThisProgram;
  std::string program = llvm::sys::fs::getMainExecutable(nullptr, &inThisProgram);
  return llvm::sys::path::parent_path(program).str();
}

static llvm::Expected<std::string> findLld() {
  // Beside this program, as a Python wheel has it; else the one of the LLVM that this compiler was
  // built with, wherever PATH leads.
  const std::string beside = programFolder() + "/ld.lld", built = BUDDY_LLVM_BIN_DIR "/ld.lld";
  for (const std::string &path : {beside, built})
    if (llvm::sys::fs::can_execute(path))
      return path;
  for (const char *name : {"ld.lld-" BUDDY_LLVM_MAJOR, "ld.lld"})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
      return *found;
  return llvm::createStringError("the linker is missing: neither " + beside + ", " + built +
                                 " nor ld.lld-" BUDDY_LLVM_MAJOR
                                 " or ld.lld in PATH; install it with "
                                 "'apt-get install lld-" BUDDY_LLVM_MAJOR "'");
}

static llvm::Error writeStub(const std::string &path, const backend::NeededLibrary &library,
                             const Target &target) {
  bool isX86 = llvm::Triple(target.triple).isX86();
  llvm::ifs::IFSStub stub;
  stub.SoName = library.soname;
  stub.Target.Arch = isX86 ? llvm::ELF::EM_X86_64 : llvm::ELF::EM_AARCH64;
  stub.Target.BitWidth = llvm::ifs::IFSBitWidthType::IFS64;
  stub.Target.Endianness = llvm::ifs::IFSEndiannessType::Little;
  for (const std::string &name : library.symbols) {
    llvm::ifs::IFSSymbol symbol(name);
    symbol.Type = llvm::ifs::IFSSymbolType::Func;
    symbol.Undefined = false;
    symbol.Weak = false;
    stub.Symbols.push_back(symbol);
  }
  return llvm::ifs::writeBinaryStub(path, stub);
}

static llvm::Error runLld(llvm::ArrayRef<std::string> arguments, const std::string &outputPath) {
  llvm::SmallVector<llvm::StringRef> line(arguments.begin(), arguments.end());
  // Standard input from nowhere, both outputs to the file.
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), llvm::StringRef(outputPath),
                                                llvm::StringRef(outputPath)};
  std::string problem;
  int status = llvm::sys::ExecuteAndWait(arguments[0], line, std::nullopt, redirects,
                                         /*SecondsToWait=*/0, /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return llvm::Error::success();
  std::string output;
  if (auto buffer = llvm::MemoryBuffer::getFile(outputPath))
    output = (*buffer)->getBuffer().trim().str();
  // What lld is given was checked before: what it cannot do is write.
  return llvm::createStringError(
      std::make_error_code(std::errc::io_error),
      "linking with " + arguments[0] + " failed (status " + std::to_string(status) + ")" +
          (problem.empty() ? "" : ": " + problem) + (output.empty() ? "" : ":\n" + output));
}

// The libraries that the objects need together.
static llvm::Expected<std::vector<backend::NeededLibrary>>
librariesOf(llvm::ArrayRef<std::string> objectPaths) {
  std::vector<backend::NeededLibrary> all;
  for (const std::string &path : objectPaths) {
    auto libraries = backend::neededLibrariesOf(path);
    if (!libraries)
      return libraries.takeError();
    for (backend::NeededLibrary &library : *libraries) {
      auto known =
          llvm::find_if(all, [&](const auto &one) { return one.soname == library.soname; });
      if (known == all.end()) {
        all.push_back(std::move(library));
        continue;
      }
      for (std::string &symbol : library.symbols)
        if (!llvm::is_contained(known->symbols, symbol))
          known->symbols.push_back(std::move(symbol));
    }
  }
  return all;
}

llvm::Error buddy::linkShared(llvm::ArrayRef<std::string> objectPaths, const std::string &soPath,
                              const Target &target) {
  auto libraries = librariesOf(objectPaths);
  if (!libraries)
    return libraries.takeError();
  llvm::Expected<std::string> lld = findLld();
  if (!lld)
    return lld.takeError();

  llvm::SmallString<128> folder;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("buddy-link", folder))
    return llvm::createStringError(code, "cannot make a temporary folder for the linker: " +
                                             code.message());
  llvm::scope_exit cleanUp([&] { llvm::sys::fs::remove_directories(folder); });
  auto inFolder = [&](llvm::StringRef name) { return (folder + "/" + name).str(); };

  std::vector<std::string> arguments = {
      *lld, "-shared", "-soname", "libmodel.so", "-o", soPath, "--hash-style=gnu", "-Bsymbolic",
      // A build id would be a hash of the same bytes that the manifest holds a checksum of.
      "--build-id=none", "-z", "relro", "-z", "now", "-z", "noexecstack",
      // What is missing is said when the model is compiled, not when it is loaded.
      "-z", "defs", "--gc-sections"};
  arguments.insert(arguments.end(), objectPaths.begin(), objectPaths.end());
  for (const backend::NeededLibrary &library : *libraries) {
    std::string stub = inFolder(library.soname);
    if (llvm::Error error = writeStub(stub, library, target))
      return error;
    arguments.push_back(stub);
  }
  if (llvm::Error error = runLld(arguments, inFolder("lld.txt"))) {
    llvm::sys::fs::remove(soPath);
    return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<std::string>> buddy::neededLibraries(const std::string &soPath) {
  auto binary = llvm::object::ObjectFile::createObjectFile(soPath);
  if (!binary)
    return llvm::createStringError("cannot read the library '" + soPath +
                                   "': " + llvm::toString(binary.takeError()));
  auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(binary->getBinary());
  if (!elf)
    return llvm::createStringError("'" + soPath + "' is not a 64-bit little-endian ELF file");
  auto stub = llvm::ifs::readELFFile(elf->getMemoryBufferRef());
  if (!stub)
    return stub.takeError();
  return (*stub)->NeededLibs;
}
