// How --help looks.
#pragma once

#include <CLI/CLI.hpp>

namespace buddy {

// Lines of at most 80 columns; the default and what is required at the end of a description.
class HelpFormatter : public CLI::Formatter {
public:
  std::string make_usage(const CLI::App *app, std::string name) const override;
  std::string make_help(const CLI::App *app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option(const CLI::Option *option, bool isPositional) const override;
  std::string make_subcommand(const CLI::App *command) const override;
};

// The description of an option, with its default, whether it is required, and what it excludes.
std::string describe(const CLI::Option &option);

} // namespace buddy
