// The files of an output folder: they get there together, at the end, or not at all.
#pragma once

#include "StageFiles.h"
#include "buddy/Package/TemporaryFolder.h"

namespace buddy {

class StagedFiles {
public:
  // Makes the temporary folder, in `folder` or beside it if it is not there yet.
  llvm::Error open(llvm::StringRef folder);

  // Where to write the file that will be NAME in the folder, or in its SUBFOLDER.
  llvm::Expected<std::string> place(llvm::StringRef subfolder, llvm::StringRef name);
  // Writes it there. Returns where it will be.
  llvm::Expected<std::string> add(llvm::StringRef subfolder, const StageFile &file);
  std::string finalPath(llvm::StringRef subfolder, llvm::StringRef name) const;

  // Moves the files to the folder, which is made if need be. One that holds the same already stays,
  // with its date, so that a build does not go on from it. Signals wait meanwhile.
  llvm::Error commit();

private:
  std::string folder;
  TemporaryFolder temporary;
  std::vector<std::pair<std::string, std::string>> files; // subfolder, name
};

} // namespace buddy
