// Work that needs an ordinary stack, where `ulimit -s` gives less.
#pragma once

#include <functional>

namespace buddy {

// Runs `work` here if the main thread's stack is of the usual 8 MiB, else on a thread that has
// that. Threads and programs that are started from then on have it as well, as far as they may.
int withOrdinaryStack(const std::function<int()> &work);

} // namespace buddy
