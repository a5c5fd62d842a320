// What a run found of its indices. docs/contracts.md, section 5.
#pragma once

#include "RunSizes.h"
#include <array>
#include <optional>
#include <string>

namespace buddy::runtime {

// The entry's last output, if it has checks: how many passed, and of the one that did not the place
// of its first index outside, row-major (-1: all passed), and that index.
using Findings = std::array<int64_t, 3>;
inline constexpr Findings noFindings = {0, -1, 0};

// Throws Failure with BUDDY_INDEX_OUT_OF_RANGE where a run of these sizes would choose from a
// dimension without elements: nothing of it is inside.
void checkDimensions(const EntrySpec &entry, const RunSizes &sizes);

// Why a run failed that found this; nothing if it did not.
std::optional<std::string> indexError(const EntrySpec &entry, const RunSizes &sizes,
                                      const Findings &found);

// What stands in an output of a run that failed: NaN, -1, false.
void spoil(const RunTensor &output, char *data);

} // namespace buddy::runtime
