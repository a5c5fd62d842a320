// buddy completion: what a shell needs to complete our command line.
#include "Completion.h"
#include "CommandLine.h"
#include "Commands.h"
#include "buddy/Pipelines/Pipelines.h"
#include "buddy/Target/Target.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace buddy::completion {

static constexpr const char *shell = "SHELL";

// What fits beside a name: up to where a description begins to explain.
static std::string brief(const std::string &text) {
  size_t end = text.size();
  for (const char *mark : {"; ", ". ", " (", ": "})
    end = std::min(end, text.find(mark));
  return text.substr(0, end);
}

std::vector<Command> commandsOf(const CLI::App &app) {
  std::vector<Command> commands;
  for (const CLI::App *known : app.get_subcommands([](const CLI::App *) { return true; })) {
    if (known->get_group().empty())
      continue;
    Command command{known->get_name(), known->get_description(), {}, ""};
    for (const CLI::Option *option : known->get_options()) {
      if (option->get_positional()) {
        command.argument = valueName(*option);
        continue;
      }
      if (option->get_group().empty())
        continue;
      Option entry{{}, valueName(*option), brief(option->get_description())};
      for (const std::string &name : option->get_lnames())
        entry.names.push_back("--" + name);
      for (const std::string &name : option->get_snames())
        entry.names.push_back("-" + name);
      command.options.push_back(std::move(entry));
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

std::vector<std::string> wordsOf(const std::string &value) {
  if (value == value::target)
    return targetNames();
  if (value == shell)
    return {"bash", "zsh", "fish"};
  std::vector<std::string> words;
  if (value == value::stage) {
    for (const Stage &stage : stages())
      words.push_back(stage.name.str());
    words.push_back(kObjectStage.str());
  }
  return words;
}

std::string quoted(const std::string &text) {
  std::string result = "'";
  for (char c : text)
    result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::string joined(const std::vector<std::string> &words, const char *between) {
  std::string result;
  for (const std::string &word : words)
    result += (result.empty() ? "" : between) + word;
  return result;
}

} // namespace buddy::completion

namespace buddy {

void addCompletionCommand(CLI::App &app, int &status) {
  auto shell = std::make_shared<std::string>();
  CLI::App *command =
      app.add_subcommand("completion", "Print what a shell needs to complete buddy's command line");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->type_name(completion::shell)
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}))
      ->required();
  command->footer(R"(An installed buddy has it in place already. For one that is not installed:
  bash   source <(buddy completion bash)
  zsh    buddy completion zsh > ~/.zfunc/_buddy
         and in ~/.zshrc: fpath+=~/.zfunc; autoload -Uz compinit; compinit
  fish   buddy completion fish > ~/.config/fish/completions/buddy.fish)");
  command->callback([shell, &app, &status] {
    std::vector<completion::Command> commands = completion::commandsOf(app);
    llvm::outs() << (*shell == "bash"  ? completion::bashScript(commands)
                     : *shell == "zsh" ? completion::zshScript(commands)
                                       : completion::fishScript(commands));
    status = Done;
  });
}

} // namespace buddy
