// The midend's passes.
#pragma once

#include "buddy/Midend/Attention/IR/AttnDialect.h"
#include "buddy/Midend/Schedules/ScheduleFile.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace buddy {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "buddy/Midend/Passes.h.inc"

// buddy-override-schedules with a file that was read already; null: no change.
std::unique_ptr<mlir::Pass> createOverrideSchedulesPass(std::shared_ptr<ScheduleFile> schedules,
                                                        OverrideSchedulesPassOptions options);

} // namespace buddy
