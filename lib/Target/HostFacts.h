// What Linux tells about the machine the compiler runs on.
#pragma once

#include "buddy/Target/Target.h"

namespace buddy {

// Replaces target's cache sizes by this machine's. A size that sysfs does not give stays as it is.
void readHostCaches(Target &target);

// How many cores this process may use, at least 1.
int64_t usableCores();

} // namespace buddy
