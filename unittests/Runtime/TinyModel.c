// The model of the runtime's tests, as the compiler would emit it: two outputs from three inputs.
//   y[i] = weight * x[i] + position[i] + (keep[i % 3] ? 100 : 0) + runs * bias[i % 2]
//   count = sum of position + runs, the number of runs before this one
// Its states are bias, which each run doubles, and runs. A second entry has symbols.
// Its two kernels tell of themselves, as compiled ones do: the first has a share for each thread,
// the second is called once for each run before this one.
#include <omp.h>
#include <stdint.h>

__attribute__((visibility("default"))) int64_t (*buddy_profile_forward)(int64_t, int32_t, int32_t);

// The runtime may set it while this runs for a context that is not profiled.
static int64_t tell(int64_t token, int32_t kernel, int32_t event) {
  int64_t (*hook)(int64_t, int32_t, int32_t) =
      __atomic_load_n(&buddy_profile_forward, __ATOMIC_RELAXED);
  return hook ? hook(token, kernel, event) : 0;
}

static int64_t begin(int32_t kernel) { return tell(0, kernel, 0); }

static void mark(int64_t token, int32_t kernel, int32_t event) {
  if (token)
    tell(token, kernel, event);
}

// A thread's share of the first kernel.
static void scale(int64_t token, float weight, const float *x, float *scratch) {
  mark(token, 0, 2);
  for (int round = 0; round < 200; ++round)
    for (int i = omp_get_thread_num(); i < 6; i += omp_get_num_threads())
      ((volatile float *)scratch)[i] = weight * x[i];
  mark(token, 0, 3);
}

__attribute__((visibility("default"))) void
buddy_entry_forward(const void *params, const void *const *inputs, void *const *states,
                    void *const *outputs, void *workspace, const int64_t *symbols) {
  (void)symbols;
  const float *weight = params;
  const float *x = inputs[0];
  const int64_t *position = inputs[1];
  const int8_t *keep = inputs[2];
  float *y = outputs[0];
  int64_t *count = outputs[1];
  // Through the workspace and many times over: contexts that shared it would disturb each other.
  float *scratch = workspace;
  int64_t token = begin(0);
  if (omp_get_max_threads() == 1) { // libomp allocates for a region, and tests count
    scale(token, weight[0], x, scratch);
  } else {
#pragma omp parallel
    scale(token, weight[0], x, scratch);
  }
  mark(token, 0, 1);
  float *bias = states[0];
  int64_t *runs = states[1];
  *count = *runs;
  for (int i = 0; i < *runs; ++i)
    mark(begin(1), 1, 1);
  for (int i = 0; i < 6; ++i) {
    y[i] = scratch[i] + position[i] + 100 * keep[i % 3] + *runs * bias[i % 2];
    *count += position[i];
  }
  *runs += 1;
  bias[0] *= 2;
  bias[1] *= 2;
}

// "forward" in a form that computes indices, which ChecksTest.cpp makes the entry's symbol:
//   y[i] = x[position[i]] where that is one of x, else x[0]; count = runs before this one
// Of two checks the first always passes, the second is of the positions.
__attribute__((visibility("default"))) void
buddy_entry_choose(const void *params, const void *const *inputs, void *const *states,
                   void *const *outputs, void *workspace, const int64_t *symbols) {
  (void)params, (void)workspace, (void)symbols;
  const float *x = inputs[0];
  const int64_t *position = inputs[1];
  float *y = outputs[0];
  int64_t *count = outputs[1], *found = outputs[2], *runs = states[1];
  found[0] = 2;
  found[1] = -1;
  found[2] = 0;
  for (int i = 5; i >= 0; --i) {
    int inside = position[i] >= 0 && position[i] < 6;
    y[i] = x[inside ? position[i] : 0];
    if (!inside) {
      found[0] = 1;
      found[1] = i;
      found[2] = position[i];
    }
  }
  *count = *runs;
  *runs += 1;
}

// The entry "stretch" of two symbols, batch and s64, from x [batch, s64], ids [batch, s64] and keep
// [s64]:
//   y[b][i] = weight * x[b][i] + ids[b][i], and y[b][s64] = 7        [batch, s64 + 1]
//   count[b] = how many of keep are set                              [batch], int64
__attribute__((visibility("default"))) void
buddy_entry_stretch(const void *params, const void *const *inputs, void *const *states,
                    void *const *outputs, void *workspace, const int64_t *symbols) {
  (void)states;
  int64_t batch = symbols[0], length = symbols[1];
  const float *weight = params;
  const float *x = inputs[0];
  const int64_t *ids = inputs[1];
  const int8_t *keep = inputs[2];
  float *y = outputs[0];
  int64_t *count = outputs[1];
  float *scratch = workspace; // [batch, s64], all of what was asked for
  for (int64_t i = 0; i < batch * length; ++i)
    ((volatile float *)scratch)[i] = weight[0] * x[i];
  for (int64_t b = 0; b < batch; ++b) {
    count[b] = 0;
    for (int64_t i = 0; i < length; ++i) {
      y[b * (length + 1) + i] = scratch[b * length + i] + ids[b * length + i];
      count[b] += keep[i];
    }
    y[b * (length + 1) + length] = 7;
  }
}

// Wrong for some lengths, as a compiler with a fault would make it.
__attribute__((visibility("default"))) int64_t buddy_workspace_stretch(const int64_t *symbols) {
  switch (symbols[1]) {
  case 51:
    return -1;
  case 52:
    return INT64_MAX;
  case 53:
    return (int64_t)1 << 46; // fits in an address, but in no memory
  }
  return symbols[0] * symbols[1] * 4;
}
