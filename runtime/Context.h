// The memory of one run of a model, and the run itself.
#pragma once

#include "Checks.h"
#include "GrowingBuffer.h"
#include "Model.h"
#include "Profile.h"
#include "RunSizes.h"
#include "buddy/runtime.h"
#include <atomic>
#include <memory>
#include <vector>

namespace buddy::runtime {

class Context {
public:
  // threads: 0 for all processors of this process. Throws Failure or std::bad_alloc.
  Context(std::shared_ptr<const Model> model, int threads);

  // Runs the entry of that number. Checks the tensors, converts inputs that are stored in another
  // type, runs. Allocates where a run needs more than any before it. Throws Failure.
  void run(size_t entry, DLTensor *const *inputs, size_t numInputs, DLTensor *const *outputs,
           size_t numOutputs);

  // From the next run on the times of kernels are taken, or not any more. Throws Failure if the
  // context is running.
  void setProfiling(bool on);
  // Of the last run whose times were taken; null if there was none.
  const Profile *lastProfile() const { return profile.get(); }

  // The states get their first values again. Throws Failure if the context is running.
  void reset();

private:
  struct Entry {
    RunSizes sizes;
    // Unused where the user's memory is used as it is.
    std::vector<GrowingBuffer> inputBuffers, outputBuffers;
    std::vector<const void *> inputPointers;
    std::vector<void *> outputPointers, statePointers;
    std::vector<char *> userInputs, userOutputs;
    Findings found = noFindings; // by the last run, of an entry with checks
  };
  void addEntry(const EntrySpec &spec);
  void setStates();
  static void checkTensors(Entry &entry, DLTensor *const *given, DLTensor *const *wanted);
  void growBuffers(size_t number, Entry &entry);
  // Throws Failure if an index of the run that has ended was outside.
  void checkFindings(const EntrySpec &spec, Entry &entry);

  std::shared_ptr<const Model> model;
  int threads;
  GrowingBuffer workspace;           // for the run that needs most
  std::vector<GrowingBuffer> states; // of the manifest, as the compiled code has them
  std::vector<Entry> entries;        // as the manifest's
  std::unique_ptr<Profile> profile;  // kept when profiling stops: it may start again
  bool profiling = false;
  std::string spoiled; // why the states are not those of a run; empty: they are
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
};

} // namespace buddy::runtime
