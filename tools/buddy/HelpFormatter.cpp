// Two columns, both wrapped.
#include "HelpFormatter.h"
#include "CommandLine.h"
#include "WrapText.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace buddy {

static constexpr size_t indent = 24;

static std::string twoColumns(const std::string &left, const std::string &right) {
  std::string line = "  " + left;
  line += line.size() + 2 <= indent ? std::string(indent - line.size(), ' ')
                                    : "\n" + std::string(indent, ' ');
  return line + wrapText(right, indent) + "\n";
}

std::string describe(const CLI::Option &option) {
  std::string text = option.get_description();
  if (option.get_required() && option.nonpositional())
    text += " (required)";
  if (!option.get_default_str().empty())
    text += " (default: " + option.get_default_str() + ")";
  std::vector<std::string> excluded;
  for (const CLI::Option *other : option.get_excludes())
    excluded.push_back(other->get_name());
  if (!excluded.empty())
    text += " (not with " + llvm::join(excluded, ", ") + ")";
  return text;
}

std::string HelpFormatter::make_option(const CLI::Option *option, bool isPositional) const {
  std::string left = valueName(*option);
  if (!isPositional) {
    llvm::SmallVector<llvm::StringRef> names;
    std::string all = option->get_name(false, true);
    llvm::StringRef(all).split(names, ',');
    left = llvm::join(names, ", ") + (left.empty() ? "" : " " + left);
  }
  return twoColumns(left, describe(*option));
}

std::string HelpFormatter::make_subcommand(const CLI::App *command) const {
  return twoColumns(command->get_name(), command->get_description());
}

std::string HelpFormatter::make_usage(const CLI::App *app, std::string name) const {
  std::string usage = "Usage: " + name;
  if (!app->get_subcommands({}).empty())
    return usage + " COMMAND [OPTIONS]\n";
  for (const CLI::Option *option : app->get_options())
    if (option->nonpositional() && option->get_required())
      usage += " " + option->get_name() + " " + valueName(*option);
  usage += " [OPTIONS]";
  for (const CLI::Option *option : app->get_options())
    if (option->get_positional())
      usage += option->get_required() ? " " + valueName(*option) : " [" + valueName(*option) + "]";
  return usage + "\n";
}

std::string HelpFormatter::make_help(const CLI::App *app, std::string name,
                                     CLI::AppFormatMode mode) const {
  std::string options =
      make_positionals(app) + make_groups(app, mode) + make_subcommands(app, mode);
  return make_description(app) + "\n" + make_usage(app, name) +
         llvm::StringRef(options).rtrim('\n').str() + "\n\n" + make_footer(app);
}

} // namespace buddy
