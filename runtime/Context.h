// The memory of one run of a model, and the run itself.
#pragma once

#include "Model.h"
#include "buddy/runtime.h"
#include <atomic>
#include <cstdlib>
#include <memory>
#include <vector>

namespace buddy::runtime {

class Context {
public:
  // threads: 0 for all processors of this process. Throws Failure or std::bad_alloc.
  Context(std::shared_ptr<const Model> model, int threads);

  // Runs the entry of that number. Checks the tensors, converts inputs that are stored in another
  // type, runs. Throws Failure.
  void run(size_t entry, DLTensor *const *inputs, size_t numInputs, DLTensor *const *outputs,
           size_t numOutputs);

  // The states get their first values again. Throws Failure if the context is running.
  void reset();

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<char, Free>;
  static Memory allocate(int64_t bytes);
  void addEntry(const EntrySpec &spec);
  void setStates();

  std::shared_ptr<const Model> model;
  int threads;
  Memory workspace;           // for the entry that needs most
  std::vector<Memory> states; // of the manifest, as the compiled code has them
  struct Entry {
    std::vector<Memory> inputBuffers,
        outputBuffers; // null where the user's memory is used as it is
    std::vector<const void *> inputPointers;
    std::vector<void *> outputPointers, statePointers;
    std::vector<char *> userInputs, userOutputs;
  };
  std::vector<Entry> entries; // as the manifest's
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
};

} // namespace buddy::runtime
