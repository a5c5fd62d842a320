// Sorts undefined symbols by the library that defines them.

#include "Symbols.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ObjectFile.h"
#include <algorithm>

using namespace buddy::backend;

// Functions of libm that LLVM can make calls of, for doubles; with an f behind, for floats.
static bool isMath(llvm::StringRef symbol) {
  static const llvm::StringSet<> names = {
      "acos", "acosh",  "asin",   "asinh", "atan",      "atan2", "atanh", "cbrt",  "ceil",
      "cos",  "cosh",   "erf",    "erfc",  "exp",       "exp10", "exp2",  "expm1", "floor",
      "fma",  "fmax",   "fmin",   "fmod",  "frexp",     "ldexp", "log",   "log10", "log1p",
      "log2", "lrint",  "lround", "modf",  "nearbyint", "pow",   "rint",  "round", "roundeven",
      "sin",  "sincos", "sinh",   "sqrt",  "tan",       "tanh",  "trunc"};
  return names.contains(symbol) || (symbol.consume_back("f") && names.contains(symbol));
}

static bool isOpenMP(llvm::StringRef symbol) {
  return symbol.starts_with("__kmpc_") || symbol.starts_with("omp_");
}

// What LLVM makes of loops that fill, copy or compare.
static bool isMemory(llvm::StringRef symbol) {
  return symbol == "memcpy" || symbol == "memmove" || symbol == "memset" || symbol == "memcmp" ||
         symbol == "bcmp";
}

llvm::Expected<std::vector<NeededLibrary>>
buddy::backend::neededLibrariesOf(const std::string &objectPath) {
  auto object = llvm::object::ObjectFile::createObjectFile(objectPath);
  if (!object)
    return llvm::createStringError("cannot read the object file '" + objectPath +
                                   "': " + llvm::toString(object.takeError()));
  NeededLibrary omp{"libomp.so.5", {}}, math{"libm.so.6", {}}, c{"libc.so.6", {}};
  std::vector<std::string> unexpected;
  for (const llvm::object::SymbolRef &symbol : object->getBinary()->symbols()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined))
      continue;
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    // The first entry of an ELF symbol table has no name; _GLOBAL_OFFSET_TABLE_ is the linker's.
    if (name->empty() || *name == "_GLOBAL_OFFSET_TABLE_")
      continue;
    (isOpenMP(*name)   ? omp.symbols
     : isMemory(*name) ? c.symbols
     : isMath(*name)   ? math.symbols
                       : unexpected)
        .push_back(name->str());
  }
  if (!unexpected.empty()) {
    std::sort(unexpected.begin(), unexpected.end());
    return llvm::createStringError(
        "'" + objectPath +
        "' calls functions that no library of the runtime has: " + llvm::join(unexpected, ", ") +
        "; only libomp, libm and libc's memory functions may be used");
  }
  std::vector<NeededLibrary> needed;
  for (NeededLibrary *library : {&omp, &math, &c})
    if (!library->symbols.empty()) {
      std::sort(library->symbols.begin(), library->symbols.end());
      needed.push_back(std::move(*library));
    }
  return needed;
}
