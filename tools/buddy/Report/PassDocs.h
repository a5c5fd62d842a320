// What passes say of themselves in their .td files.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace buddy {

// The Markdown description of the pass with this argument ("buddy-tile"); empty: it has none.
llvm::StringRef passDescription(llvm::StringRef argument);

} // namespace buddy
