// buddy: compiles attention layers and runs, verifies, measures and inspects what comes out.
#include "Commands.h"
#include "Compile.h"
#include "Failure.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>

using namespace buddy;

static constexpr const char *examples = R"(Examples:
  buddy compile layer.pt2 -o layer.buddy
  buddy run layer.buddy --inputs in.safetensors --outputs out.safetensors
  buddy verify layer.buddy --reference ref.safetensors
  buddy bench layer.buddy --reference ref.safetensors --threads 2
  buddy inspect layer.buddy
  buddy tune layer.pt2 -o schedule.json --reference ref.safetensors

Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 a verification failed, 70 a fault of
buddy itself. `buddy COMMAND --help` has the options of a command.)";

static int statusOf(const runtime::Failure &failure) {
  return failure.status() == BUDDY_INTERNAL ? OurFault : BadInput;
}

static int report(const char *text, int status) {
  std::cerr << "buddy: error: " << text << "\n";
  return status;
}

int main(int argc, char **argv) {
  // A file that grows beyond the limit is an error of write() that we report, not the end.
  std::signal(SIGXFSZ, SIG_IGN);

  int status = Done;
  CLI::App app("Compiles PyTorch attention layers to native CPU libraries.", "buddy");
  app.set_version_flag("--version", "buddy " BUDDY_VERSION " (LLVM " LLVM_VERSION_STRING ")");
  app.require_subcommand(1);
  app.footer(examples);
  addCompileCommand(app, status);
  addRunCommand(app, status);
  addVerifyCommand(app, status);
  addBenchCommand(app, status);
  addLimitsCommand(app, status);
  addInspectCommand(app, status);
  addTuneCommand(app, status);
  addReportCommand(app, status);
  app.failure_message([](const CLI::App *, const CLI::Error &error) {
    return std::string("buddy: error: ") + error.what() +
           "\n`buddy COMMAND --help` has the options.\n";
  });
  if (argc > 1 && argv[1][0] != '-') {
    std::string names;
    bool known = false;
    for (const CLI::App *command : app.get_subcommands([](CLI::App *) { return true; })) {
      names += (names.empty() ? "" : ", ") + command->get_name();
      known |= command->get_name() == argv[1];
    }
    if (!known)
      return report(
          ("there is no command '" + std::string(argv[1]) + "'; there are: " + names).c_str(),
          WrongUsage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? Done : WrongUsage;
  } catch (const runtime::Failure &failure) {
    return report(failure.what(), statusOf(failure));
  } catch (const std::bad_alloc &) {
    return report("out of memory", BadInput);
  } catch (const std::exception &error) {
    return report(error.what(), OurFault);
  }
  // The output of a tool may be another's input: half of it with status 0 would be a lie.
  llvm::outs().flush();
  bool lost = llvm::outs().has_error();
  llvm::outs().clear_error();
  lost |= std::fflush(stdout) != 0 || std::ferror(stdout);
  if (lost && status == Done)
    return report("cannot write to the standard output", BadInput);
  return status;
}
