// For fish 3 and newer.
#include "CommandLine.h"
#include "Completion.h"

namespace buddy::completion {

// The options of `complete` for a value of this kind that an option takes, or an argument is.
static std::string optionsFor(const std::string &value, bool isArgument) {
  const char *exclusive = isArgument ? "" : "-x ";
  if (std::vector<std::string> words = wordsOf(value); !words.empty())
    return exclusive + ("-a " + quoted(joined(words)));
  if (value == value::archive || value == value::model)
    return exclusive + std::string("-k -a '(__fish_complete_suffix .pt2)'");
  if (value == value::package || value == value::folder)
    return exclusive + std::string("-a '(__fish_complete_directories)'");
  if (value == value::file || value == value::files)
    return isArgument ? "-F" : "-r -F";
  return "-x";
}

std::string fishScript(const std::vector<Command> &commands) {
  std::string script = "# Completion of buddy's command line in fish, made by `buddy completion "
                       "fish`.\n\n"
                       "complete -c buddy -f\n"
                       "complete -c buddy -n __fish_use_subcommand -l help -d 'Print help'\n"
                       "complete -c buddy -n __fish_use_subcommand -l version -d 'Print the "
                       "version'\n";
  for (const Command &command : commands)
    script += "complete -c buddy -n __fish_use_subcommand -a " + command.name + " -d " +
              quoted(command.description) + "\n";
  for (const Command &command : commands) {
    std::string when =
        "complete -c buddy -n " + quoted("__fish_seen_subcommand_from " + command.name);
    script += "\n";
    if (!command.argument.empty())
      script += when + " " + optionsFor(command.argument, /*isArgument=*/true) + "\n";
    for (const Option &option : command.options) {
      script += when;
      for (const std::string &name : option.names)
        script += name.size() > 2 ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.value.empty())
        script += " " + optionsFor(option.value, /*isArgument=*/false);
      script += " -d " + quoted(option.description) + "\n";
    }
  }
  return script;
}

} // namespace buddy::completion
