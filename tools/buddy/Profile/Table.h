// What a profile says, for people.
#pragma once

#include "Measure.h"

namespace buddy {

// On the standard output. `limitGflops` is this machine's rate of FMA with as many threads, 0 if it
// is not known; `mark` stands behind each line ("  (not verified)").
void printProfile(const Profile &profile, double limitGflops, const char *mark);

} // namespace buddy
