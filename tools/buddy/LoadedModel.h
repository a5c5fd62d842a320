// A package loaded through the C interface, with buffers for its tensors. The tools go through the
// same door as everybody else.
#pragma once

#include "Manifest.h"
#include "buddy/runtime.h"
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace buddy {

// Memory aligned as the compiled code likes it best.
class Buffer {
public:
  explicit Buffer(size_t bytes = 0);
  char *data() { return memory.get(); }
  const char *data() const { return memory.get(); }
  size_t size() const { return bytes; }

private:
  struct Free {
    void operator()(char *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<char, Free> memory;
  size_t bytes;
};

class LoadedModel {
public:
  // threads: 0 for all processors. Throws runtime::Failure.
  LoadedModel(const std::string &folder, int threads, bool alwaysCheckParams = false);
  ~LoadedModel();
  LoadedModel(const LoadedModel &) = delete;

  const std::vector<runtime::TensorSpec> &inputs() const { return inputSpecs; }
  const std::vector<runtime::TensorSpec> &outputs() const { return outputSpecs; }
  int64_t flops() const { return buddy_model_flops(model); }

  // Runs once from `in`, one buffer an input, into `out()`. Throws runtime::Failure.
  void run(std::vector<Buffer> &in);
  const std::vector<Buffer> &out() const { return outputBuffers; }

private:
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
  std::vector<runtime::TensorSpec> inputSpecs, outputSpecs;
  std::vector<Buffer> outputBuffers;
  std::vector<DLTensor> tensors; // inputs, then outputs
  std::vector<DLTensor *> pointers;
};

} // namespace buddy
