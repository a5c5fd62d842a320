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

// An input of a run.
struct Input {
  std::vector<int64_t> shape;
  Buffer buffer;
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
  const std::vector<runtime::SymbolSpec> &symbols(size_t entry = 0) const {
    return parts[entry].symbols;
  }

  // The outputs with the shapes that they have for these inputs. Throws runtime::Failure if the
  // inputs' shapes are not the entry's.
  std::vector<runtime::TensorSpec> outputsFor(const std::vector<Input> &in, size_t entry = 0) const;
  // The symbols' values in a run on these inputs.
  std::vector<int64_t> symbolValues(const std::vector<Input> &in, size_t entry = 0) const;
  // Operations of such a run; 0: not known.
  int64_t flops(const std::vector<Input> &in, size_t entry = 0) const;

  // Makes room for the outputs of such a run. run does it too, where it must.
  void prepare(const std::vector<Input> &in, size_t entry = 0);
  // Runs an entry once from `in` into `out(entry)`. Throws runtime::Failure.
  void run(std::vector<Input> &in, size_t entry = 0);
  // Whether the following runs take the times of their kernels.
  void profile(bool on);
  // Of the last run that took them. Throws runtime::Failure.
  struct Times {
    std::vector<BuddyKernelTime> kernels;
    size_t lost; // for which there was no room; there will be in the next run
  };
  Times kernelTimes() const;

  // Of the last run: the outputs' bytes, and their shapes.
  const std::vector<Buffer> &out(size_t entry = 0) const { return parts[entry].outputBuffers; }
  const std::vector<runtime::TensorSpec> &results(size_t entry = 0) const {
    return parts[entry].resultSpecs;
  }

private:
  BuddyModel *model = nullptr;
  BuddyContext *context = nullptr;
  struct Part {
    std::vector<runtime::SymbolSpec> symbols;
    std::vector<runtime::TensorSpec> inputSpecs, outputSpecs;
    std::vector<std::vector<int64_t>>
        inputShapes; // what the outputs below are for; empty: none yet
    std::vector<runtime::TensorSpec> resultSpecs;
    std::vector<Buffer> outputBuffers;
    std::vector<DLTensor> inputTensors, outputTensors;
    std::vector<DLTensor *> inputPointers, outputPointers;
  };
  void readEntry(size_t entry);
  void readSymbols(size_t entry);
  runtime::TensorSpec readTensor(size_t entry, bool isInput, size_t index) const;
  static bool isFor(const Part &part, const std::vector<Input> &in);

  std::vector<Part> parts;
  std::vector<std::string> names;
};

} // namespace buddy
