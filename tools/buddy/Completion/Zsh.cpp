// For zsh's completion system.
#include "CommandLine.h"
#include "Completion.h"

namespace buddy::completion {

// What _arguments does with a value of this kind.
static std::string actionFor(const std::string &value) {
  if (std::vector<std::string> words = wordsOf(value); !words.empty())
    return "(" + joined(words) + ")";
  if (value == value::archive || value == value::model)
    return "_files -g \"*.pt2(-.) *(-/)\"";
  if (value == value::file)
    return "_files";
  if (value == value::files)
    return "_sequence _files";
  if (value == value::package || value == value::folder)
    return "_files -/";
  return " ";
}

// The characters that _arguments and _describe read themselves.
static std::string escaped(const std::string &text) {
  std::string result;
  for (char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\')
      result += '\\';
    result += c;
  }
  return result;
}

static std::string specOf(const Option &option) {
  std::string rest = "[" + escaped(option.description) + "]";
  if (!option.value.empty())
    rest += ":" + escaped(option.value) + ":" + actionFor(option.value);
  std::string spec;
  for (const std::string &name : option.names) {
    // A name excludes the others, and itself unless it may come again.
    std::string others = "(" + joined(option.names) + ")";
    std::string after = option.value.empty() ? "" : name.size() > 2 ? "=" : "+";
    spec += " \\\n      " + quoted(others + name + after + rest);
  }
  return spec;
}

std::string zshScript(const std::vector<Command> &commands) {
  std::string script = "#compdef buddy\n"
                       "# Completion of buddy's command line in zsh, made by `buddy completion "
                       "zsh`.\n\n"
                       "_buddy() {\n"
                       "  local curcontext=$curcontext state line\n"
                       "  local -a commands\n"
                       "  commands=(\n";
  for (const Command &command : commands)
    script += "    " + quoted(escaped(command.name) + ":" + escaped(command.description)) + "\n";
  script += "  )\n"
            "  _arguments -C '(- *)--help[Print help]' '(- *)--version[Print the version]' \\\n"
            "    '1:command:->command' '*::argument:->argument'\n"
            "  case $state in\n"
            "  command) _describe command commands ;;\n"
            "  argument)\n"
            "    case $words[1] in\n"
            "    help) _describe command commands ;;\n";
  for (const Command &command : commands) {
    script += "    " + command.name + ") _arguments -S";
    for (const Option &option : command.options)
      script += specOf(option);
    if (!command.argument.empty())
      script += " \\\n      " +
                quoted("1:" + escaped(command.argument) + ":" + actionFor(command.argument));
    script += " ;;\n";
  }
  return script + "    esac ;;\n"
                  "  esac\n"
                  "}\n\n"
                  "if [[ $funcstack[1] == _buddy ]]; then\n"
                  "  _buddy \"$@\"\n"
                  "else\n"
                  "  compdef _buddy buddy\n"
                  "fi\n";
}

} // namespace buddy::completion
