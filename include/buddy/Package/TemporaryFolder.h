// A folder for what nobody is to see.
#pragma once

#include "buddy/Package/CleanOnSignal.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace buddy {

// Removed with what is in it when this object ends, and when a signal ends the process.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
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
  CleanOnSignal cleaning;
};

} // namespace buddy
