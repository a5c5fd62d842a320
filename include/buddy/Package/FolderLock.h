// Temporary folders that outlive a process which was killed, told from those in use.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace buddy {

// A folder's maker holds it locked; the system lets go of the lock when the process ends, however
// it ends.
class FolderLock {
public:
  FolderLock() = default;
  FolderLock(const FolderLock &) = delete;
  ~FolderLock() { release(); }

  // Of the folder just made at `path`. False if somebody took it for a dead process's and removes
  // it: then make another.
  bool take(const std::string &path);
  void release();

private:
  int file = -1;
};

// Calls `remove` for each folder of ours whose path begins with `prefix` and that nobody has
// locked.
void forEachStaleFolder(llvm::StringRef prefix,
                        llvm::function_ref<void(const std::string &)> remove);

} // namespace buddy
