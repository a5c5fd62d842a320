// Runs a compiled attention layer from C, without Python: raw little-endian files in, raw f32 out.
//
//   cc -std=c11 -I<prefix>/include -Ilayer.buddy run_layer.c -L<prefix>/lib -lbuddy_runtime -o
//   run_layer
//   ./run_layer layer.buddy hidden_states.bin [mask.bin] output0.bin
//
// model.h is the package's own header: the program is compiled for the layer's shapes. The second
// input is there for layers exported with a mask.
#include "model.h"
#include <stdio.h>
#include <stdlib.h>

#ifdef FORWARD_MASK_ELEMENTS
enum { NUM_FILES = 4 };
static const char usage[] = "PACKAGE HIDDEN_STATES MASK OUTPUT0";
#else
enum { NUM_FILES = 3 };
static const char usage[] = "PACKAGE HIDDEN_STATES OUTPUT0";
#endif

// Ends the program with the runtime's own explanation.
static void check(BuddyStatus status) {
  if (status == BUDDY_OK)
    return;
  fprintf(stderr, "run_layer: %s\n", buddy_last_error());
  exit(1);
}

static void fail(const char *path, const char *what) {
  fprintf(stderr, "run_layer: %s: %s\n", path, what);
  exit(1);
}

// The whole file, which must have exactly this many bytes.
static void *readFile(const char *path, size_t bytes) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail(path, "cannot open");
  void *data = malloc(bytes ? bytes : 1);
  if (!data)
    fail(path, "out of memory");
  if (fread(data, 1, bytes, file) != bytes || fgetc(file) != EOF)
    fail(path, "does not have the input's size");
  fclose(file);
  return data;
}

static void writeFile(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  if (!file)
    fail(path, "cannot open");
  if (fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
    fail(path, "cannot write");
}

int main(int argc, char **argv) {
  if (argc != NUM_FILES + 1) {
    fprintf(stderr, "usage: %s %s\n", argv[0], usage);
    return 2;
  }
  BuddyModel *model;
  BuddyContext *context;
  check(buddy_model_load(argv[1], NULL, &model));
  check(buddy_context_create(model, 0, &context));

  float *hidden = readFile(argv[2], FORWARD_HIDDEN_STATES_ELEMENTS * sizeof(float));
  size_t outputBytes = FORWARD_OUTPUT0_ELEMENTS * sizeof(float);
  float *output = malloc(outputBytes);
  if (!output)
    fail(argv[NUM_FILES], "out of memory");
#ifdef FORWARD_MASK_ELEMENTS
  int64_t *mask = readFile(argv[3], FORWARD_MASK_ELEMENTS * sizeof(int64_t));
  check(forward(context, hidden, mask, output));
  free(mask);
#else
  check(forward(context, hidden, output));
#endif
  writeFile(argv[NUM_FILES], output, outputBytes);

  free(output);
  free(hidden);
  buddy_context_destroy(context);
  buddy_model_destroy(model);
  return 0;
}
