// Checks of a user's tensor against the signature.
#pragma once

#include "Manifest.h"

namespace buddy::runtime {

// Checks everything that can be seen without reading the values, and returns where they begin.
// `role` is "input" or "output". Throws Failure with BUDDY_INVALID_TENSOR.
char *checkTensor(const DLTensor *tensor, const TensorSpec &spec, const char *role, size_t index);

// "input 1 (mask)"
std::string tensorLabel(const TensorSpec &spec, const char *role, size_t index);

} // namespace buddy::runtime
