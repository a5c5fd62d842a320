// Puts the commands together, and reads the arguments.
#include "CommandLine.h"
#include "Commands.h"
#include "Compile.h"
#include "Console.h"
#include "HelpFormatter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"

namespace buddy {

static constexpr const char *examples = R"(Examples:
  buddy compile layer.pt2 -o layer.buddy
  buddy run layer.buddy --inputs in.safetensors --outputs out.safetensors
  buddy verify layer.buddy --reference ref.safetensors
  buddy bench layer.buddy --reference ref.safetensors --threads 2
  buddy inspect layer.buddy
  buddy tune layer.pt2 -o schedule.json --reference ref.safetensors
  buddy report layer.buddy -o report.html --reference ref.safetensors
  buddy doctor

Exit status: 0 done, 1 the input is at fault, 2 wrong usage, 3 a verification
failed, 70 a fault of buddy itself. `buddy COMMAND --help` has the options of a
command, `man buddy` all of them.)";

std::string valueName(const CLI::Option &option) {
  if (option.get_type_size() == 0)
    return "";
  std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

std::unique_ptr<CLI::App> makeCommandLine(int &status) {
  auto app = std::make_unique<CLI::App>(
      "Compiles PyTorch attention layers to native CPU libraries.", "buddy");
  app->formatter(std::make_shared<HelpFormatter>());
  app->get_formatter()->label("Positionals", "Arguments");
  app->get_formatter()->label("Subcommands", "Commands");
  app->set_help_flag("-h,--help", "Print this help");
  app->set_version_flag("--version", "buddy " BUDDY_VERSION " (LLVM " LLVM_VERSION_STRING ")",
                        "Print the version, and LLVM's");
  app->require_subcommand(1);
  app->footer(examples);
  app->option_defaults()->group("Options");
  addCompileCommand(*app, status);
  addRunCommand(*app, status);
  addVerifyCommand(*app, status);
  addBenchCommand(*app, status);
  addLimitsCommand(*app, status);
  addInspectCommand(*app, status);
  addTuneCommand(*app, status);
  addReportCommand(*app, status);
  addDoctorCommand(*app, status);
  addCompletionCommand(*app, status);
  addManCommand(*app, status);
  for (CLI::App *command : app->get_subcommands([](CLI::App *) { return true; }))
    command->group(command->get_group() == "Subcommands" ? "Commands" : command->get_group());
  return app;
}

// The name that is nearest to `word`, if it is near enough to have been meant.
static std::string nearest(llvm::StringRef word, const std::vector<std::string> &names) {
  std::string best;
  unsigned bestDistance = word.size() / 3 + 2; // two letters swapped are two edits
  for (const std::string &name : names) {
    // The beginning of a name is meant as that name.
    unsigned distance =
        word.size() > 1 && llvm::StringRef(name).starts_with(word) ? 1 : word.edit_distance(name);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

static std::string didYouMean(llvm::StringRef word, const std::vector<std::string> &names) {
  std::string name = nearest(word, names);
  return name.empty() ? "" : "; did you mean " + name + "?";
}

static std::vector<std::string> commandNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    if (!command->get_group().empty())
      names.push_back(command->get_name());
  return names;
}

static bool isCommand(const CLI::App &app, const std::string &name) {
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    if (command->get_name() == name)
      return true;
  return false;
}

// What is wrong with arguments that nothing takes; empty: there are none. The names of options are
// what is misspelt most.
static std::string unexpected(const CLI::App &app) {
  const CLI::App *command = &app;
  if (!app.get_subcommands().empty())
    command = app.get_subcommands().front();
  std::string shown = command == &app ? "buddy" : "buddy " + command->get_name();
  std::vector<std::string> rest = app.remaining(/*recurse=*/true);
  for (const std::string &argument : rest) {
    llvm::StringRef name = llvm::StringRef(argument).split('=').first;
    if (!name.starts_with("-"))
      continue;
    std::vector<std::string> names;
    for (const CLI::Option *option : command->get_options())
      if (!option->get_group().empty())
        for (const std::string &known : option->get_lnames())
          names.push_back("--" + known);
    return shown + " has no option " + name.str() + didYouMean(name, names);
  }
  if (rest.empty())
    return "";
  return shown + " cannot take '" + llvm::join(rest, " ") + "': there is an argument too many";
}

static int wrongUsage(const CLI::App &app, const std::string &text) {
  error(text, WrongUsage);
  console() << "`buddy"
            << (app.get_subcommands().empty() ? std::string()
                                              : " " + app.get_subcommands().front()->get_name())
            << " --help` has the options.\n";
  return WrongUsage;
}

static std::vector<std::string> processArguments;

const std::vector<std::string> &argumentsOfProcess() { return processArguments; }

int runCommandLine(int argc, char **argv) {
  processArguments.assign(argv, argv + argc);
  int status = Done;
  std::unique_ptr<CLI::App> app = makeCommandLine(status);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    console() << app->help();
    return WrongUsage;
  }
  // `buddy help` and `buddy help compile` are tried by everybody.
  if (arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.resize(std::min<size_t>(arguments.size(), 1));
    if (!arguments.empty() && arguments[0] == "help")
      arguments.clear();
    arguments.push_back("--help");
  }
  const std::string &first = arguments[0];
  if (first[0] != '-' && !isCommand(*app, first)) {
    std::vector<std::string> names = commandNames(*app);
    std::string meant = didYouMean(first, names);
    return error("there is no command '" + first + "'" +
                     (meant.empty() ? "; there are: " + llvm::join(names, ", ") : meant),
                 WrongUsage);
  }
  if (first[0] == '-' && !app->get_option_no_throw(first))
    return error("buddy has no option " + first + didYouMean(first, {"--help", "--version"}) +
                     "\n`buddy --help` has the commands",
                 WrongUsage);
  std::reverse(arguments.begin(), arguments.end()); // as CLI11 takes a vector
  try {
    app->parse(arguments);
  } catch (const CLI::ExtrasError &) {
    return wrongUsage(*app, unexpected(*app));
  } catch (const CLI::Success &asked) { // --help, --version
    return app->exit(asked);
  } catch (const CLI::RequiredError &problem) {
    // What is missing may be there, misspelt.
    std::string misspelt = unexpected(*app);
    return wrongUsage(*app, misspelt.empty() ? problem.what() : misspelt);
  } catch (const CLI::ParseError &problem) {
    return wrongUsage(*app, problem.what());
  }
  return status;
}

} // namespace buddy
