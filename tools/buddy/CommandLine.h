// The command line: all commands, how their help looks, and what is said when a word of it is
// wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace buddy {

// What a value is, as --help names it and as completion (buddy completion) offers it. Other names
// of values ("N", "SECONDS") are free: nothing is offered for them.
namespace value {
inline constexpr const char *archive = "ARCHIVE"; // a .pt2 file
inline constexpr const char *package = "PACKAGE"; // a folder
inline constexpr const char *model = "MODEL";     // a package or an archive
inline constexpr const char *file = "FILE";
inline constexpr const char *files = "FILE,..."; // several, with commas between them
inline constexpr const char *folder = "FOLDER";
inline constexpr const char *stage = "STAGE";
inline constexpr const char *target = "TARGET";
} // namespace value

// Every command, with its options. The chosen one sets `status`.
std::unique_ptr<CLI::App> makeCommandLine(int &status);

// Runs what the arguments say; the exit status. Wrong arguments are said, with what was perhaps
// meant; what the command throws passes through.
int runCommandLine(int argc, char **argv);

// The arguments that this process was started with, its own name first.
const std::vector<std::string> &argumentsOfProcess();

// The value's name in --help without CLI11's ranges: "N", "FILE"; empty for a flag.
std::string valueName(const CLI::Option &option);

} // namespace buddy
