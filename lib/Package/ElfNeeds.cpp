// Reads DT_NEEDED.
#include "ElfNeeds.h"
#include "Errors.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"

namespace buddy {

llvm::Expected<std::vector<std::string>> neededLibraries(llvm::MemoryBufferRef library) {
  auto fail = [&](llvm::Error error) {
    return packageError(PackageFailure::Internal, llvm::Twine(library.getBufferIdentifier()) +
                                                      ": is not a usable shared library: " +
                                                      llvm::toString(std::move(error)));
  };
  auto object = llvm::object::ObjectFile::createELFObjectFile(library);
  if (!object)
    return fail(object.takeError());
  auto *elf = llvm::dyn_cast<llvm::object::ELF64LEObjectFile>(object->get());
  if (!elf)
    return fail(llvm::createStringError("it is not a 64-bit little-endian ELF file"));
  const auto &file = elf->getELFFile();
  auto entries = file.dynamicEntries();
  if (!entries)
    return fail(entries.takeError());
  uint64_t address = 0, size = 0;
  for (const auto &entry : *entries) {
    if (entry.getTag() == llvm::ELF::DT_STRTAB)
      address = entry.getPtr();
    if (entry.getTag() == llvm::ELF::DT_STRSZ)
      size = entry.getVal();
  }
  std::vector<std::string> names;
  for (const auto &entry : *entries) {
    if (entry.getTag() != llvm::ELF::DT_NEEDED)
      continue;
    auto strings = file.toMappedAddr(address);
    if (!strings)
      return fail(strings.takeError());
    uint64_t left = library.getBufferEnd() - reinterpret_cast<const char *>(*strings);
    if (entry.getVal() >= std::min(size, left))
      return fail(llvm::createStringError("its string table is broken"));
    const char *name = reinterpret_cast<const char *>(*strings) + entry.getVal();
    names.emplace_back(name, strnlen(name, std::min(size, left) - entry.getVal()));
  }
  return names;
}

} // namespace buddy
