// Greedy generation from C, without Python: a package with the entries `prefill` and `decode`, as
// buddy_attention.export_programs makes it of a transformers model with a static cache.
//
//   cc -std=c11 -I<prefix>/include -Imodel.buddy generate.c -L<prefix>/lib -lbuddy_runtime -o
//   generate
//   ./generate model.buddy COUNT TOKEN...
//
// Prints COUNT tokens that follow the prompt TOKEN... . The prompt goes through the prefill as far
// as that is long, what is left of it through the decoding step, token by token.
#include "model.h"
#include <stdio.h>
#include <stdlib.h>

enum {
  PROMPT = PREFILL_INPUT_IDS_ELEMENTS,
  VOCABULARY = DECODE_OUTPUT0_ELEMENTS,
};

static void fail(const char *what) {
  fprintf(stderr, "generate: %s\n", what);
  exit(1);
}

static void check(BuddyStatus status) {
  if (status != BUDDY_OK)
    fail(buddy_last_error()); // the runtime's own explanation
}

static int64_t likeliest(const float *logits) {
  int64_t best = 0;
  for (int64_t i = 1; i < VOCABULARY; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

int main(int argc, char **argv) {
  int64_t given = argc - 3;
  if (given < 1) {
    fprintf(stderr, "usage: %s PACKAGE COUNT TOKEN...\n", argv[0]);
    return 2;
  }
  long count = strtol(argv[2], NULL, 10);
  int64_t *tokens = malloc(sizeof(int64_t) * given);
  float *logits = malloc(sizeof(float) * PREFILL_OUTPUT0_ELEMENTS);
  if (!tokens || !logits)
    fail("out of memory");
  for (int64_t i = 0; i < given; ++i)
    tokens[i] = strtoll(argv[3 + i], NULL, 10);

  BuddyModel *model;
  BuddyContext *context; // holds the key and value caches
  check(buddy_model_load(argv[1], NULL, &model));
  check(buddy_context_create(model, 0, &context));

  int64_t done = 0, next = 0;
  if (given >= PROMPT) {
    int64_t positions[PROMPT];
    for (int64_t i = 0; i < PROMPT; ++i)
      positions[i] = i;
    check(prefill(context, tokens, positions, logits));
    next = likeliest(logits + (int64_t)(PROMPT - 1) * VOCABULARY);
    done = PROMPT;
  }
  for (long made = 0; made < count; ++done) {
    if (done >= given) {
      printf("%lld\n", (long long)next);
      if (++made == count)
        break;
    }
    int64_t token = done < given ? tokens[done] : next;
    check(decode(context, &token, &done, logits)); // beyond the cache's end the runtime refuses
    next = likeliest(logits);
  }

  buddy_context_destroy(context);
  buddy_model_destroy(model);
  free(tokens);
  free(logits);
  return 0;
}
