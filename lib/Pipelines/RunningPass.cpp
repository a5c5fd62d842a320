// Remembers the pass of each thread.
#include "buddy/Pipelines/RunningPass.h"
#include "mlir/Pass/Pass.h"
#include <csignal>
#include <cstring>

using namespace mlir;

static thread_local char name[128];

namespace {
struct SignalStack {
  SignalStack() {
    stack_t present = {};
    if (::sigaltstack(nullptr, &present) || !(present.ss_flags & SS_DISABLE))
      return;
    memory = std::make_unique<char[]>(size);
    stack_t own = {};
    own.ss_sp = memory.get();
    own.ss_size = size;
    ::sigaltstack(&own, nullptr);
  }
  ~SignalStack() {
    if (!memory)
      return;
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  static constexpr size_t size = 256 * 1024; // printing a stack trace there takes the most
  std::unique_ptr<char[]> memory;
};

struct RunningPass : PassInstrumentation {
  void runBeforePass(Pass *pass, Operation *) override {
    static thread_local SignalStack stack;
    // Managers of nested passes have no argument; the passes in them do.
    StringRef text = pass->getArgument();
    if (text.empty())
      return;
    size_t length = std::min(text.size(), sizeof name - 1);
    std::memcpy(name, text.data(), length);
    name[length] = 0;
  }
  void runAfterPass(Pass *, Operation *) override { name[0] = 0; }
  void runAfterPassFailed(Pass *, Operation *) override { name[0] = 0; }
};
} // namespace

std::unique_ptr<PassInstrumentation> buddy::trackRunningPass() {
  return std::make_unique<RunningPass>();
}

const char *buddy::runningPass() { return name; }
