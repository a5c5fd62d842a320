// buddy man: the manual page, buddy(1), made from the tree of commands itself. Hidden: the build
// calls it, and people read what was installed.
#include "CommandLine.h"
#include "Commands.h"
#include "HelpFormatter.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace buddy {

// Text as roff prints it: a hyphen that can be copied, no request where a line begins.
static std::string roff(llvm::StringRef text) {
  std::string result;
  if (text.starts_with(".") || text.starts_with("'"))
    result += "\\&";
  for (char c : text)
    result += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  return result;
}

// In lines of the usual length; they are filled anyway.
static std::string filled(llvm::StringRef text) {
  std::string result;
  std::string line;
  for (llvm::StringRef word : llvm::split(text, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > 72) {
      result += roff(line) + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word.str();
  }
  return result + roff(line);
}

static std::string bold(llvm::StringRef text) { return "\\fB" + roff(text) + "\\fR"; }
static std::string italic(llvm::StringRef text) { return "\\fI" + roff(text) + "\\fR"; }

// A footer of --help: paragraphs are filled, what is indented stays as it is.
static void printFooter(llvm::raw_ostream &out, llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> lines;
  text.rtrim().split(lines, '\n');
  bool isLiteral = false, isFirst = true;
  for (llvm::StringRef line : lines) {
    bool indented = line.starts_with(" ");
    if (indented != isLiteral && !line.empty()) {
      out << (indented ? ".nf\n" : ".fi\n");
      if (!indented)
        out << ".PP\n";
      isLiteral = indented;
    } else if (line.empty() || isFirst) {
      if (!isLiteral)
        out << ".PP\n";
    }
    isFirst = false;
    if (!line.empty())
      out << roff(line) << "\n";
  }
  if (isLiteral)
    out << ".fi\n";
}

static std::string nameOf(const CLI::Option &option) {
  std::string text;
  for (const std::string &name : option.get_snames())
    text += (text.empty() ? "" : ", ") + bold("-" + name);
  for (const std::string &name : option.get_lnames())
    text += (text.empty() ? "" : ", ") + bold("--" + name);
  std::string value = valueName(option);
  return text + (value.empty() ? "" : " " + italic(value));
}

static void printCommand(llvm::raw_ostream &out, const CLI::App &command) {
  out << ".SS " << bold("buddy " + command.get_name());
  for (const CLI::Option *option : command.get_options())
    if (option->nonpositional() && option->get_required())
      out << " " << nameOf(*option);
  out << " [" << italic("OPTIONS") << "]";
  for (const CLI::Option *option : command.get_options())
    if (option->get_positional())
      out << " "
          << (option->get_required() ? italic(valueName(*option))
                                     : "[" + italic(valueName(*option)) + "]");
  out << "\n" << roff(command.get_description()) << ".\n";
  for (const CLI::Option *option : command.get_options()) {
    if (option->get_group().empty() || option == command.get_help_ptr())
      continue;
    out << ".TP\n"
        << (option->get_positional() ? italic(valueName(*option)) : nameOf(*option)) << "\n"
        << filled(describe(*option)) << "\n";
  }
  printFooter(out, command.get_footer());
}

static constexpr const char *exitStatus[][2] = {
    {"0", "Done."},
    {"1", "The input is at fault, or the machine: a file, a full disk."},
    {"2", "Wrong usage."},
    {"3", "A verification failed."},
    {"70", "A fault of buddy itself. It left what repeats it."}};

static constexpr const char *environment[][2] = {
    {"NO_COLOR", "If set and not empty, nothing is coloured. Nothing ever is in a pipe."},
    {"TERM", "With the value dumb, no colours and no line that shows the progress."},
    {"TMPDIR", "Where temporary files go; /tmp without it."},
    {"BUDDY_DEBUG", "If set, a crash of the compiler prints its stack."}};

static void printPage(llvm::raw_ostream &out, const CLI::App &app) {
  out << ".TH BUDDY 1 \"" BUDDY_RELEASE_DATE "\" \"buddy " BUDDY_VERSION "\" \"User Commands\"\n"
      << ".SH NAME\nbuddy \\- compile PyTorch attention layers to native CPU libraries\n"
      << ".SH SYNOPSIS\n"
      << bold("buddy") << " " << italic("COMMAND") << " [" << italic("OPTIONS") << "]\n"
      << ".br\n"
      << bold("buddy") << " " << bold("help") << " [" << italic("COMMAND") << "]\n"
      << ".SH DESCRIPTION\n"
      << "Takes an archive of torch.export to a package, a folder with a native\n"
         "library, its parameters and a C header, and runs, verifies, measures and\n"
         "shows what comes out.\n"
      << ".SH COMMANDS\n";
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    if (!command->get_group().empty())
      printCommand(out, *command);
  out << ".SH EXIT STATUS\n";
  for (auto [number, meaning] : exitStatus)
    out << ".TP\n" << bold(number) << "\n" << filled(meaning) << "\n";
  out << ".SH ENVIRONMENT\n";
  for (auto [name, meaning] : environment)
    out << ".TP\n" << bold(name) << "\n" << filled(meaning) << "\n";
  out << ".SH SEE ALSO\n.BR buddy\\-opt (1),\n.BR buddy\\-lsp\\-server (1)\n";
}

void addManCommand(CLI::App &app, int &status) {
  CLI::App *command = app.add_subcommand("man", "Print the manual page");
  command->group("");
  command->callback([&app, &status] {
    printPage(llvm::outs(), app);
    status = Done;
  });
}

} // namespace buddy
