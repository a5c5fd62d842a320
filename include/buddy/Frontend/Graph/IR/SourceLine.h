// Locations as people read them in reports and errors of a run.
#pragma once

#include "mlir/IR/Location.h"
#include <string>

namespace buddy {

// "model.py:83": the file, without its folder, and the line that `location` knows; else empty.
std::string sourceLine(mlir::Location location);

} // namespace buddy
