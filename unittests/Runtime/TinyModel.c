// The model of the runtime's tests, as the compiler would emit it: two outputs from three inputs.
//   y[i] = weight * x[i] + position[i] + (keep[i % 3] ? 100 : 0) + runs * bias[i % 2]
//   count = sum of position + runs, the number of runs before this one
// Its states are bias, which each run doubles, and runs.
#include <stdint.h>

__attribute__((visibility("default"))) void
buddy_entry_forward(const void *params, const void *const *inputs, void *const *states,
                    void *const *outputs, void *workspace) {
  const float *weight = params;
  const float *x = inputs[0];
  const int32_t *position = inputs[1];
  const int8_t *keep = inputs[2];
  float *y = outputs[0];
  int32_t *count = outputs[1];
  // Through the workspace and many times over: contexts that shared it would disturb each other.
  float *scratch = workspace;
  for (int round = 0; round < 200; ++round)
    for (int i = 0; i < 6; ++i)
      ((volatile float *)scratch)[i] = weight[0] * x[i];
  float *bias = states[0];
  int32_t *runs = states[1];
  *count = *runs;
  for (int i = 0; i < 6; ++i) {
    y[i] = scratch[i] + position[i] + 100 * keep[i % 3] + *runs * bias[i % 2];
    *count += position[i];
  }
  *runs += 1;
  bias[0] *= 2;
  bias[1] *= 2;
}
