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

  // The entries' names, in order; there is at least one.
  const std::vector<std::string> &entries() const { return names; }
  // The entry of that name. Throws runtime::Failure.
  size_t entry(const std::string &name) const;

  const std::vector<runtime::TensorSpec> &inputs(size_t entry = 0) const {
    return parts[entry].inputSpecs;
  }
  const std::vector<runtime::TensorSpec> &outputs(size_t entry = 0) const {
    return parts[entry].outputSpecs;
  }
  int64_t flops(size_t entry = 0) const { return parts[entry].flops; }

  // Runs an entry once from `in`, one buffer an input, into `out(entry)`. Throws runtime::Failure.
  void run(std::vector<Buffer> &in, size_t entry = 0);
  const std::vector<Buffer> &out(size_t entry = 0) const { return parts[entry].outputBuffers; }

private:
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
  struct Part {
    std::vector<runtime::TensorSpec> inputSpecs, outputSpecs;
    std::vector<Buffer> outputBuffers;
    std::vector<DLTensor> tensors; // inputs, then outputs
    std::vector<DLTensor *> pointers;
    int64_t flops = 0;
  };
  void readEntry(size_t entry);

  std::vector<Part> parts;
  std::vector<std::string> names;
};

} // namespace buddy
