// The container of an exported program: a zip of stored entries, mapped into memory.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace buddy {

struct ArchiveEntry {
  std::string name;           // in the archive: "layer/data/weights/weight_0"
  llvm::ArrayRef<char> bytes; // mapped; empty for an entry that is not stored as it is
  uint32_t crc32 = 0;         // as the central directory has it
  std::string unreadable;     // why `bytes` cannot be had ("is compressed"), empty if they can
};

class Archive {
public:
  // Opens a .pt2 file. Errors: the file cannot be opened, is empty, is not a zip, is truncated or
  // damaged, has an entry that lies outside the file, or was written on a big-endian machine.
  static llvm::Expected<std::shared_ptr<Archive>> open(llvm::StringRef path);

  // An entry by its name below the archive's top folder: "models/model.json". Null if there is
  // none.
  const ArchiveEntry *find(llvm::StringRef name) const;

  // The bytes of an entry that must be there, with its CRC checked. For small entries (JSON); the
  // CRC of weights is checked when they are read.
  llvm::Expected<llvm::ArrayRef<char>> read(llvm::StringRef name) const;

  // "layer.pt2: what is wrong", the form all errors about this archive have.
  llvm::Error error(const llvm::Twine &message) const;

  llvm::StringRef getPath() const { return path; }
  // The entries' full names in the order of the archive.
  llvm::ArrayRef<ArchiveEntry> getEntries() const { return entries; }

private:
  std::string path;
  std::string folder; // "layer/"
  std::unique_ptr<llvm::MemoryBuffer> file;
  std::vector<ArchiveEntry> entries;
  llvm::StringMap<size_t> byName;
};

} // namespace buddy
