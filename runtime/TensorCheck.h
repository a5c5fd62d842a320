// Checks of a user's tensors against the signature. All throw Failure with BUDDY_INVALID_TENSOR.
#pragma once

#include "RunSizes.h"

namespace buddy::runtime {

// That there are as many tensors as the signature has, and a list of them (else
// BUDDY_INVALID_ARGUMENT). `role` is "input" or "output".
void checkList(const DLTensor *const *given, size_t count, const std::vector<TensorSpec> &expected,
               const char *role);

// That the tensor has a shape of as many dimensions as `expected`.
void checkRank(const DLTensor *tensor, const RunTensor &expected);

// That the tensor has the shape that `expected` has in this run.
void checkShape(const DLTensor *tensor, const RunTensor &expected, const RunSizes &run);

// Checks everything that can be seen without reading the values, and returns where they begin.
char *checkTensor(const DLTensor *tensor, const RunTensor &expected, const RunSizes &run);

// "input 1 (mask)"
std::string tensorLabel(const RunTensor &tensor);

} // namespace buddy::runtime
