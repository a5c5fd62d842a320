// The stacks of the threads that run kernels: of the caller, and of OpenMP's threads.
#pragma once

#include "Manifest.h"

namespace buddy::runtime {

// What OpenMP starts from now on gets the stack that the entry's kernels need, whatever
// OMP_STACKSIZE says. Throws Failure if it has started threads with less already.
void requireWorkerStacks(const EntrySpec &entry);

// Throws Failure if the calling thread has less than that left.
void requireStackHere(const EntrySpec &entry);

} // namespace buddy::runtime
