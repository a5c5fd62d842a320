// The model of the runtime's tests, as the compiler would emit it: two outputs from three inputs.
//   y[i] = weight * x[i] + position[i] + (keep[i % 3] ? 100 : 0)    count = sum of position
#include <stdint.h>

__attribute__((visibility("default"))) void buddy_entry_forward(const void *params,
                                                                const void *const *inputs,
                                                                void *const *outputs,
                                                                void *workspace) {
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
  *count = 0;
  for (int i = 0; i < 6; ++i) {
    y[i] = scratch[i] + position[i] + 100 * keep[i % 3];
    *count += position[i];
  }
}
