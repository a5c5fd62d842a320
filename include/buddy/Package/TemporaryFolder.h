// A folder for what nobody is to see.
#pragma once

#include "buddy/Package/CleanOnSignal.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace buddy {

class FolderLock;

// Removed with what is in it when this object ends, and when a signal ends the process. What a
// process that was killed left, the next that makes one of the same prefix removes.
class TemporaryFolder {
public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  // In the folder for temporary files.
  llvm::Error make();
  // Its path is `prefix` and some digits.
  llvm::Error make(llvm::StringRef prefix);
  std::string file(llvm::StringRef name) const;
  bool isMade() const { return !path.empty(); }

private:
  std::string path;
  std::unique_ptr<FolderLock> lock;
  CleanOnSignal cleaning;
};

} // namespace buddy
