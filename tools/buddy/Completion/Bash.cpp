// For bash 4 and newer; it needs nothing of the package bash-completion.
#include "CommandLine.h"
#include "Completion.h"

namespace buddy::completion {

static constexpr const char *head =
    R"(# Completion of buddy's command line in bash, made by `buddy completion bash`.

_buddy_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

# Files whose names end in $1 (any, without it), and folders.
_buddy_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -d -- "$cur") $(compgen -f -X "!*$1" -- "$cur"))
  # A folder is a file too.
  COMPREPLY=($(printf '%s\n' "${COMPREPLY[@]}" | sort -u))
}

_buddy_folders() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -d -- "$cur"))
}

# Several files with commas between them: the last one is completed.
_buddy_file_list() {
  local IFS=$'\n' before=
  [[ $cur != *,* ]] || before=${cur%,*},
  compopt -o nospace 2>/dev/null
  COMPREPLY=($(compgen -P "$before" -f -- "${cur##*,}"))
}

_buddy() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # --until=tosa comes as three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

// The call that completes a value of this kind; empty: nothing can be offered.
static std::string callFor(const std::string &value) {
  if (std::vector<std::string> words = wordsOf(value); !words.empty())
    return "_buddy_words " + quoted(joined(words));
  if (value == value::archive || value == value::model)
    return "_buddy_files .pt2";
  if (value == value::file)
    return "_buddy_files";
  if (value == value::files)
    return "_buddy_file_list";
  if (value == value::package || value == value::folder)
    return "_buddy_folders";
  return "";
}

std::string bashScript(const std::vector<Command> &commands) {
  std::vector<std::string> names;
  for (const Command &command : commands)
    names.push_back(command.name);
  std::string script = head;
  script += "  if ((COMP_CWORD == 1)) || [[ ${COMP_WORDS[1]} == help ]]; then\n"
            "    _buddy_words " +
            quoted(joined(names) + " --help --version") +
            "\n    return\n  fi\n"
            "  case ${COMP_WORDS[1]} in\n";
  for (const Command &command : commands) {
    script += "  " + command.name + ")\n    case $prev in\n";
    std::vector<std::string> options;
    for (const Option &option : command.options) {
      options.insert(options.end(), option.names.begin(), option.names.end());
      if (!option.value.empty())
        script += "    " + joined(option.names, " | ") + ") " + callFor(option.value) +
                  (callFor(option.value).empty() ? "" : "; ") + "return ;;\n";
    }
    script += "    esac\n";
    std::string words = "_buddy_words " + quoted(joined(options));
    std::string argument = callFor(command.argument);
    if (argument.empty())
      script += "    " + words + " ;;\n";
    else
      script += "    if [[ $cur == -* ]]; then\n      " + words + "\n    else\n      " + argument +
                "\n    fi ;;\n";
  }
  return script + "  esac\n}\n\ncomplete -F _buddy buddy\n";
}

} // namespace buddy::completion
