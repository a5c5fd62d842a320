// Which shared libraries a shared library asks for.
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <string>
#include <vector>

namespace buddy {

// The DT_NEEDED entries of an ELF shared library, in their order.
llvm::Expected<std::vector<std::string>> neededLibraries(llvm::MemoryBufferRef library);

} // namespace buddy
