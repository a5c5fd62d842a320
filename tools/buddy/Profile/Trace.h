// A profile as a file for Perfetto (ui.perfetto.dev) and chrome://tracing.
#pragma once

#include "Measure.h"

namespace buddy {

// The trace's text: Chrome's JSON. A row for the runs, one for kernels, one a thread.
std::string traceText(const Profile &profile, const runtime::EntrySpec &spec);

} // namespace buddy
