// Which pass runs, for the message of one that crashes.
#pragma once

#include "mlir/Pass/PassInstrumentation.h"
#include <memory>

namespace buddy {

// To be added to a pass manager. Each thread that runs passes then knows its own, and has a stack
// for signal handlers, so that one can report that the ordinary stack is used up.
std::unique_ptr<mlir::PassInstrumentation> trackRunningPass();

// The pass that this thread runs, "convert-scf-to-cf"; empty for none. Safe in a signal handler.
const char *runningPass();

} // namespace buddy
