// The sizes of one run of an entry: what its symbols are, and the shape of every tensor.
#pragma once

#include "Manifest.h"

namespace buddy::runtime {

// A tensor of the signature, with its sizes in a run.
struct RunTensor {
  const TensorSpec *spec;
  const char *role; // "input" or "output"
  size_t index;
  std::vector<int64_t> shape;
  int64_t elements;

  int64_t bytes() const { return elements * dataTypeBytes(spec->dtype); }
  int64_t storedBytes() const { return elements * dataTypeBytes(spec->stored); }
};

class RunSizes {
public:
  // The entry must live as long. Without symbols everything is known from the start.
  explicit RunSizes(const EntrySpec &entry);

  // Takes the symbols' values from the inputs' shapes, checks them, and computes all shapes by
  // them. Whether the tensors have these shapes is for checkShape to say. Allocates nothing. Throws
  // Failure with BUDDY_INVALID_TENSOR; what was read before is lost then.
  void read(const DLTensor *const *given);

  // "s64 = 40 (from input 0 (hidden_states), dimension 1)", of the symbols in the sizes of `spec`.
  std::string symbolsText(const TensorSpec &spec) const;
  // "s31 = 2, s64 = 40"
  std::string symbolsText() const;

  std::vector<int64_t> symbols; // values, in the entry's order
  std::vector<RunTensor> inputs, outputs;

private:
  void compute(RunTensor &tensor) const;

  const EntrySpec *entry;
};

} // namespace buddy::runtime
