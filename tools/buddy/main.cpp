// buddy: compiles attention layers and runs, verifies, measures and inspects what comes out.
#include "CommandLine.h"
#include "Commands.h"
#include "Console.h"
#include "Failure.h"
#include "LargeStack.h"
#include "buddy/Package/CleanOnSignal.h"
#include <csignal>
#include <cstdio>
#include <new>

using namespace buddy;

static int statusOf(const runtime::Failure &failure) {
  return failure.status() == BUDDY_INTERNAL ? OurFault : BadInput;
}

static int run(int argc, char **argv) {
  // A file that grows beyond the limit is an error of write() that we report, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  keepIgnoredSignals();

  int status = Done;
  try {
    status = runCommandLine(argc, argv);
  } catch (const runtime::Failure &failure) {
    return error(failure.what(), statusOf(failure));
  } catch (const std::bad_alloc &) {
    return error("out of memory", BadInput);
  } catch (const std::exception &problem) {
    return error(problem.what(), OurFault);
  }
  // The output of a tool may be another's input: half of it with status 0 would be a lie.
  llvm::outs().flush();
  bool lost = llvm::outs().has_error();
  llvm::outs().clear_error();
  lost |= std::fflush(stdout) != 0 || std::ferror(stdout);
  if (lost && status == Done)
    return error("cannot write to the standard output", BadInput);
  return status;
}

int main(int argc, char **argv) {
  return withOrdinaryStack([&] { return run(argc, argv); });
}
