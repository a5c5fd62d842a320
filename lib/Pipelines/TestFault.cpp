// The pass buddy-test-fault. It is registered nowhere: only the variable adds it.
#include "TestFault.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include <cstdlib>

using namespace mlir;

// The kind of fault that is due now, or empty. To be asked once each time that the stage runs.
static StringRef faultOf(StringRef stage) {
  static int timesRun = 0;
  const char *variable = std::getenv("BUDDY_TEST_FAULT");
  auto [where, rest] = StringRef(variable ? variable : "").split(':');
  auto [kind, times] = rest.split(':');
  int wanted = 1;
  times.getAsInteger(10, wanted);
  return where == stage && ++timesRun == wanted ? kind : StringRef();
}

static int readNowhere() { return *reinterpret_cast<volatile int *>(16); }

// Each level has something to do after the next, so that it cannot become a loop.
static int recurse(volatile int *depth) {
  volatile int here = *depth + 1;
  if (here < 0) // never: the stack ends long before
    return 0;
  return recurse(&here) + here;
}

static void crash(StringRef kind) {
  volatile int sink = 0;
  if (kind == "segv")
    sink = readNowhere();
  else if (kind == "stack")
    sink = recurse(&sink);
  else if (kind == "abort")
    std::abort();
  (void)sink;
}

namespace {
struct TestFault : PassWrapper<TestFault, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestFault)

  explicit TestFault(StringRef kind) : kind(kind) {}
  StringRef getArgument() const override { return "buddy-test-fault"; }
  void runOnOperation() override {
    crash(kind);
    getOperation()->emitError("BUDDY_TEST_FAULT asks for this failure");
    signalPassFailure();
  }

  StringRef kind; // of the environment, which stays
};
} // namespace

void buddy::addTestFault(OpPassManager &pm, StringRef stage) {
  StringRef kind = faultOf(stage);
  if (kind.empty())
    return;
  OpPassManager &where = kind == "segv" ? pm.nestAny() : pm;
  where.addPass(std::make_unique<TestFault>(kind));
}

void buddy::runTestFault(StringRef stage) { crash(faultOf(stage)); }
