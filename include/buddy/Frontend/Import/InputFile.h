// Files that the user names, or an archive does: whatever lies at their path, reading them ends.
#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdint>
#include <memory>

namespace buddy {

// A regular file, mapped where it is large; no null character follows it. A device, a folder or a
// pipe is refused. Errors have the system's code and say what is wrong, without the path.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> mapInputFile(llvm::StringRef path);

// A regular file, or what a pipe that somebody writes to gives until its end; a null character
// follows it. More than `limit` bytes are refused.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readInputText(llvm::StringRef path,
                                                                  uint64_t limit);

} // namespace buddy
