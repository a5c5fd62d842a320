// Removes a temporary folder when the process is told to end.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace buddy {

// On SIGINT, SIGTERM and SIGHUP, removes these files of `folder` and the folder, then lets the
// signal do what it would have done. One folder at a time: false if there is one already. `files`
// must outlive the registration.
bool cleanOnSignal(llvm::StringRef folder, llvm::ArrayRef<const char *> files);
void noCleanOnSignal();

} // namespace buddy
