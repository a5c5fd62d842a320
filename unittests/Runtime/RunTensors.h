// The tensors of one run of the tiny model, right as they are; tests spoil one thing each.
#pragma once

#include "buddy/runtime.h"

namespace buddy::test {

struct RunTensors {
  float x[6] = {1, 2, 3, 4, 5, 6};
  int64_t position[6] = {0, 1, 2, 3, 4, -5};
  uint8_t keep[3] = {0, 1, 255};
  alignas(8) float y[6] = {};
  int64_t count = 0;
  int64_t shape23[2] = {2, 3}, shape3[1] = {3};
  DLTensor in[3] = {{x, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape23, nullptr, 0},
                    {position, {kDLCPU, 0}, 2, {kDLInt, 64, 1}, shape23, nullptr, 0},
                    {keep, {kDLCPU, 0}, 1, {BUDDY_DL_BOOL, 8, 1}, shape3, nullptr, 0}};
  DLTensor out[2] = {{y, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape23, nullptr, 0},
                     {&count, {kDLCPU, 0}, 0, {kDLInt, 64, 1}, nullptr, nullptr, 0}};
  DLTensor *inputs[3] = {&in[0], &in[1], &in[2]};
  DLTensor *outputs[2] = {&out[0], &out[1]};

  BuddyStatus run(BuddyContext *context, size_t numInputs = 3, size_t numOutputs = 2) {
    return buddy_context_run(context, inputs, numInputs, outputs, numOutputs);
  }
};

} // namespace buddy::test
